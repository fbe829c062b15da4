import { Mesh, Texture, type Group, type Material, type Object3D } from 'three';
import { clone } from 'three/addons/utils/SkeletonUtils.js';
import type { CapabilityReport, LipReport } from '../capability/capability.ts';
import { calibrate } from '../lips/calibration.ts';
import type { ParsedModel } from './glb.ts';
import type { AvatarMetadata, ClosureCurve } from './metadata.ts';

/** A loaded avatar; any number of views can show it. */
export class Avatar {
  readonly id: string;
  readonly name: string;
  readonly metadata: AvatarMetadata | undefined;
  /** What the model can do, and what it lacks. */
  readonly report: CapabilityReport;
  /** What shuts its lips over an open jaw. */
  readonly closure: ClosureCurve | undefined;
  readonly #model: Group;
  #lips: Promise<LipReport> | undefined;

  constructor(
    id: string,
    { model, report, closure }: ParsedModel,
    metadata: AvatarMetadata | undefined,
  ) {
    this.id = id;
    this.name = metadata?.name ?? id;
    this.metadata = metadata;
    this.report = report;
    this.closure = closure;
    this.#model = model;
  }

  /** How well its lips shut on p, b and m, measured on the mesh. */
  async measureLips(): Promise<LipReport> {
    if (this.report.lips !== undefined) return this.report.lips;
    this.#lips ??= calibrate(this.#model, this.report, this.closure).then(({ lips }) => lips);
    return this.#lips;
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
