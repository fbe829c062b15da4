import { AvatarError } from '@avamotion/client';
import type { Group } from 'three';
import { GLTFLoader, type GLTF } from 'three/addons/loaders/GLTFLoader.js';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { inspect, type CapabilityReport } from '../capability/capability.ts';
import { calibrate, lipWarnings } from '../lips/calibration.ts';
import type { ClosureCurve } from './metadata.ts';
import { markVrm } from './vrm.ts';

/** Largest file that is loaded, bytes. */
export const MAX_GLB_BYTES: number = 60 * 1024 * 1024;

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;

/** What is wrong with a file's bytes, or undefined if they are a GLB. */
export function checkGlb(bytes: ArrayBuffer): string | undefined {
  if (bytes.byteLength > MAX_GLB_BYTES) {
    const megabytes = Math.round(bytes.byteLength / 1024 / 1024);
    return `it has ${String(megabytes)} MB, and the limit is ${String(MAX_GLB_BYTES / 1024 / 1024)} MB`;
  }
  if (bytes.byteLength < 20) return 'it is too short to be a GLB';
  const view = new DataView(bytes);
  if (view.getUint32(0, true) !== MAGIC) return 'it is no GLB (a binary glTF file)';
  const version = view.getUint32(4, true);
  if (version !== 2) return `it is glTF version ${String(version)}, and only version 2 is known`;
  if (view.getUint32(8, true) > bytes.byteLength) return 'it is cut off';
  const length = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK || 20 + length > bytes.byteLength) {
    return 'its first chunk is not JSON';
  }
  return hasExternalFiles(new Uint8Array(bytes, 20, length))
    ? 'it refers to other files; export it with everything inside'
    : undefined;
}

/** A parsed model, and what it can do. */
export interface ParsedModel {
  readonly model: Group;
  readonly report: CapabilityReport;
  /** What shuts its lips. */
  readonly closure: ClosureCurve | undefined;
}

/**
 * Parse a GLB or VRM.
 *
 * @param closure what shuts its lips, if somebody knows; else it is measured on the mesh
 * @throws AvatarError saying what is wrong with the file, or why it cannot speak
 */
export async function parseGlb(
  bytes: ArrayBuffer,
  name: string,
  closure?: ClosureCurve,
): Promise<ParsedModel> {
  const problem = checkGlb(bytes);
  if (problem !== undefined) throw invalid(name, `${problem}.`);
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  let gltf: GLTF;
  try {
    gltf = await loader.parseAsync(bytes, '');
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : String(error), error);
  }
  markVrm(gltf);
  const report = inspect(gltf.scene);
  if (report.level === 'none') throw invalid(name, report.problems.join(' '));
  if (closure !== undefined) return { model: gltf.scene, report, closure };
  const calibration = await calibrate(gltf.scene, report, undefined);
  const warnings = [...report.warnings, ...lipWarnings(calibration.lips)];
  return {
    model: gltf.scene,
    report: { ...report, warnings, lips: calibration.lips },
    closure: calibration.closure,
  };
}

function invalid(name: string, reason: string, cause?: unknown): AvatarError {
  return new AvatarError('avatar_invalid', `The avatar ${name} cannot be shown: ${reason}`, {
    cause,
  });
}

function hasExternalFiles(json: Uint8Array): boolean {
  let gltf: unknown;
  try {
    gltf = JSON.parse(new TextDecoder().decode(json));
  } catch {
    return false; // the loader says what is wrong with it
  }
  const { buffers, images } = gltf as { buffers?: unknown; images?: unknown };
  return [buffers, images].flat().some((part) => {
    const uri = (part as { uri?: unknown } | undefined)?.uri;
    return typeof uri === 'string' && !uri.startsWith('data:');
  });
}
