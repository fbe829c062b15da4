import type { Object3D } from 'three';
import type { GLTF } from 'three/addons/loaders/GLTFLoader.js';
import { EXPRESSION_BINDS, type ExpressionBind } from '../capability/binding.ts';
import { JOINT_MARK, type JointName } from '../capability/joint.ts';

type Fields = Readonly<Record<string, unknown>>;

const JOINTS: readonly JointName[] = ['neck', 'head', 'jaw', 'leftEye', 'rightEye'];

/** Whether a file is a VRM, and of which version. */
export function vrmVersion(gltf: GLTF): 0 | 1 | undefined {
  const extensions = fields((gltf.parser.json as Fields)['extensions']);
  if (extensions['VRMC_vrm'] !== undefined) return 1;
  return extensions['VRM'] === undefined ? undefined : 0;
}

/**
 * Note on the nodes of a VRM which expressions move them and which joints they are.
 *
 * Read from the file itself: of VRM we need only its expressions and four bones, and those are plain data.
 */
export function markVrm(gltf: GLTF): void {
  const version = vrmVersion(gltf);
  if (version === undefined) return;
  const extensions = fields((gltf.parser.json as Fields)['extensions']);
  if (version === 1) markVersion1(gltf, fields(extensions['VRMC_vrm']));
  else {
    markVersion0(gltf, fields(extensions['VRM']));
    gltf.scene.rotation.y = Math.PI; // VRM 0 looks the other way
  }
}

function markVersion1(gltf: GLTF, vrm: Fields): void {
  const { preset, custom } = fields(vrm['expressions']);
  for (const group of [preset, custom]) {
    for (const [expression, value] of Object.entries(fields(group))) {
      for (const bind of list(fields(value)['morphTargetBinds'])) {
        const { node, index, weight } = bind;
        markMeshes(gltf, 'nodes', node, {
          expression,
          index: count(index),
          weight: number(weight),
        });
      }
    }
  }
  for (const name of JOINTS) {
    const bone = fields(fields(fields(vrm['humanoid'])['humanBones'])[name]);
    markJoint(gltf, bone['node'], name);
  }
}

function markVersion0(gltf: GLTF, vrm: Fields): void {
  for (const group of list(fields(vrm['blendShapeMaster'])['blendShapeGroups'])) {
    const preset = group['presetName'];
    const expression = String(preset === 'unknown' || preset === '' ? group['name'] : preset);
    for (const { mesh, index, weight } of list(group['binds'])) {
      const part = { expression, index: count(index), weight: number(weight) / 100 };
      markMeshes(gltf, 'meshes', mesh, part);
    }
  }
  for (const { bone, node } of list(fields(vrm['humanoid'])['humanBones'])) {
    const name = JOINTS.find((one) => one === bone);
    if (name !== undefined) markJoint(gltf, node, name);
  }
}

/** Note a bind on every mesh below a node, or on every primitive of a mesh. */
function markMeshes(
  gltf: GLTF,
  kind: 'nodes' | 'meshes',
  number_: unknown,
  bind: ExpressionBind,
): void {
  for (const [object, association] of gltf.parser.associations) {
    if (!('isObject3D' in object) || association[kind] !== number_) continue;
    (object as Object3D).traverse((part) => {
      if (!('isMesh' in part)) return;
      const binds = (part.userData[EXPRESSION_BINDS] ??= []) as ExpressionBind[];
      const known = binds.some(
        (one) => one.expression === bind.expression && one.index === bind.index,
      );
      if (!known) binds.push(bind);
    });
  }
}

function markJoint(gltf: GLTF, node: unknown, name: JointName): void {
  if (typeof node !== 'number') return;
  for (const [object, association] of gltf.parser.associations) {
    if ('isObject3D' in object && association.nodes === node && association.meshes === undefined) {
      (object as Object3D).userData[JOINT_MARK] = name;
    }
  }
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 1;
}
