import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Group } from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { readMetadata, type ClosureCurve } from '../src/avatar/metadata.ts';

/** The people we ship. */
export const PEOPLE = ['ada', 'kenji', 'leo', 'mia'] as const;

const FOLDER = new URL('../../../../src/avamotion/avatars/', import.meta.url);

function path(person: string, file: string): string {
  return fileURLToPath(new URL(`${person}/${file}`, FOLDER));
}

/** Load one of our heads without its pictures, which Node cannot decode. */
export async function loadHead(person: string, file: string = 'avatar.glb'): Promise<Group> {
  const bytes = withoutPictures(readFileSync(path(person, file)));
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  return (await loader.parseAsync(bytes, '')).scene;
}

/** The closure curve that a head was built with. */
export function builtClosure(person: string): ClosureCurve {
  const metadata = readMetadata(JSON.parse(readFileSync(path(person, 'avatar.json'), 'utf8')));
  if (typeof metadata === 'string' || metadata.closure === undefined)
    throw new Error(`${person} has no closure curve`);
  return metadata.closure;
}

interface Gltf {
  images?: unknown;
  textures?: unknown;
  materials?: { name?: string }[];
}

function withoutPictures(glb: Buffer): ArrayBuffer {
  const length = glb.readUInt32LE(12);
  const json = JSON.parse(glb.subarray(20, 20 + length).toString()) as Gltf;
  delete json.images;
  delete json.textures;
  json.materials = (json.materials ?? []).map(({ name }) => (name === undefined ? {} : { name }));
  let text = JSON.stringify(json);
  text += ' '.repeat((4 - (Buffer.byteLength(text) % 4)) % 4);
  const chunk = Buffer.from(text);
  const rest = glb.subarray(20 + length);
  const head = Buffer.alloc(20);
  glb.copy(head, 0, 0, 20);
  head.writeUInt32LE(20 + chunk.length + rest.length, 8);
  head.writeUInt32LE(chunk.length, 12);
  const whole = Buffer.concat([head, chunk, rest]);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length) as ArrayBuffer;
}
