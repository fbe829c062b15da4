import { SkinnedMesh, type Matrix4, type Mesh } from 'three';

/**
 * From a mesh's own units to the scene, in the pose of the file.
 *
 * Joints that hold a mesh agree about where it stands at rest: one of them says it for all its vertices.
 *
 * @param mesh with up-to-date matrices
 * @param vertex whose joint is asked
 */
export function restMatrix(mesh: Mesh, vertex: number = 0): Matrix4 {
  const matrix = mesh.matrixWorld.clone();
  if (!(mesh instanceof SkinnedMesh)) return matrix;
  const joint = mesh.geometry.getAttribute('skinIndex')?.getX(vertex) ?? 0;
  const bone = mesh.skeleton.bones[joint];
  const inverse = mesh.skeleton.boneInverses[joint];
  if (bone === undefined || inverse === undefined) return matrix;
  return matrix
    .multiply(mesh.bindMatrixInverse)
    .multiply(bone.matrixWorld)
    .multiply(inverse)
    .multiply(mesh.bindMatrix);
}
