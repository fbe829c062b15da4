import { Mesh, Texture, type Group, type Material, type Object3D } from 'three';
import { clone } from 'three/addons/utils/SkeletonUtils.js';
import type { CapabilityReport } from '../capability/capability.ts';
import type { ParsedModel } from './glb.ts';
import type { AvatarMetadata } from './metadata.ts';

/** A loaded avatar; any number of views can show it. */
export class Avatar {
  readonly id: string;
  readonly name: string;
  readonly metadata: AvatarMetadata | undefined;
  /** What the model can do, and what it lacks. */
  readonly report: CapabilityReport;
  readonly #model: Group;

  constructor(id: string, { model, report }: ParsedModel, metadata: AvatarMetadata | undefined) {
    this.id = id;
    this.name = metadata?.name ?? id;
    this.metadata = metadata;
    this.report = report;
    this.#model = model;
  }

  /** A copy of the model with joints and weights of its own; geometry and textures are shared. */
  instantiate(): Object3D {
    return clone(this.#model);
  }

  /** Free geometry and textures; no view may show the avatar any more. */
  dispose(): void {
    this.#model.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      part.geometry.dispose();
      const materials = (
        Array.isArray(part.material) ? part.material : [part.material]
      ) as Material[];
      for (const material of materials) {
        for (const value of Object.values(material)) if (value instanceof Texture) value.dispose();
        material.dispose();
      }
    });
  }
}
