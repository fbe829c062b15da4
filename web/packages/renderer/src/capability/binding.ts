import { Mesh, type Object3D } from 'three';
import { controlIndex, N_CONTROLS } from './control.ts';
import { controlsOf, controlsOfExpression } from './morphName.ts';

/** One morph target that a control moves. */
export interface Binding {
  readonly mesh: Mesh;
  readonly index: number;
  /** Name of the morph target in the file. */
  readonly name: string;
  /** Weight of the target when the control is at 1. */
  readonly scale: number;
}

/** Part of a VRM expression, kept with the mesh it moves so that copies of the model have it too. */
export interface ExpressionBind {
  readonly expression: string;
  readonly index: number;
  readonly weight: number;
}

/** Key in a mesh's `userData` of its `ExpressionBind`s. */
export const EXPRESSION_BINDS = 'avamotionExpressions';

/** What moves what on a model. */
export interface Bindings {
  /** By index of the control. */
  readonly controls: readonly (readonly Binding[])[];
  /** Morph targets whose names say nothing to us. */
  readonly unknown: readonly string[];
  /** Morph targets without a name. */
  readonly unnamed: number;
}

/** Find out what the morph targets of a model do, by their names. */
export function bind(root: Object3D): Bindings {
  const controls: Binding[][] = Array.from({ length: N_CONTROLS }, () => []);
  const unknown = new Set<string>();
  let unnamed = 0;
  root.traverse((part) => {
    if (!(part instanceof Mesh) || part.morphTargetInfluences === undefined) return;
    for (const [name, index] of Object.entries(part.morphTargetDictionary ?? {})) {
      // three.js numbers targets that have no name.
      if (/^\d*$/.test(name)) unnamed++;
      const found = controlsOf(name);
      if (found.length === 0) unknown.add(name);
      for (const control of found) {
        controls[controlIndex(control)]?.push({ mesh: part, index, name, scale: 1 });
      }
    }
    for (const { expression, index, weight } of expressionsOf(part)) {
      for (const control of controlsOfExpression(expression)) {
        const list = controls[controlIndex(control)] as Binding[];
        if (list.some((known) => known.mesh === part && known.index === index)) continue;
        list.push({ mesh: part, index, name: expression, scale: weight });
      }
    }
  });
  return { controls, unknown: [...unknown], unnamed };
}

function expressionsOf(mesh: Mesh): readonly ExpressionBind[] {
  return (mesh.userData[EXPRESSION_BINDS] as readonly ExpressionBind[] | undefined) ?? [];
}
