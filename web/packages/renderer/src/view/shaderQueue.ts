import { Mesh, type Camera, type Material, type Scene, type WebGLRenderer } from 'three';

/** Parts that a face at rest hides, or that few would miss at first. */
const MAY_WAIT = /^(teeth|gum|tongue|eyeshadow)/i;

/** What three.js has and its types lack. */
interface CompiledProgram {
  isReady(): boolean;
}

/**
 * Has shaders compiled in the background: first those of what a face at rest shows, then those of its mouth's inside.
 *
 * A picture that needs a shader which is not ready waits for it and blocks the page.
 */
export class ShaderQueue {
  readonly #renderer: WebGLRenderer;
  readonly #scene: Scene;
  readonly #camera: Camera;
  #hidden: Mesh[] = [];
  #state: 'first' | 'hidden' | 'second' | 'done' = 'first';

  /** Start with the shaders of the first picture. */
  constructor(renderer: WebGLRenderer, scene: Scene, camera: Camera) {
    this.#renderer = renderer;
    this.#scene = scene;
    this.#camera = camera;
    const shown: Mesh[] = [];
    scene.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      const name = Array.isArray(part.material) ? '' : (part.material as Material).name;
      if (part.visible && MAY_WAIT.test(name)) this.#hidden.push(part);
      else shown.push(part);
    });
    this.#show(false);
    this.#compile(shown);
  }

  /**
   * Whether a picture may be drawn now.
   *
   * @param drawn whether one is on the screen already
   */
  ready(drawn: boolean): boolean {
    if (this.#state === 'first') {
      if (!this.#compiled()) return false;
      this.#state = 'hidden';
    } else if (this.#state === 'hidden' && drawn) {
      this.#compile(this.#hidden);
      this.#state = 'second';
    } else if (this.#state === 'second' && this.#compiled()) {
      this.#show(true);
      this.#hidden = [];
      this.#state = 'done';
    }
    return true;
  }

  #show(visible: boolean): void {
    for (const part of this.#hidden) part.visible = visible;
  }

  #compile(parts: readonly Mesh[]): void {
    for (const part of parts) this.#renderer.compile(part, this.#camera, this.#scene);
  }

  #compiled(): boolean {
    const programs = (this.#renderer.info.programs ?? []) as unknown as readonly CompiledProgram[];
    return programs.every((program) => program.isReady());
  }
}
