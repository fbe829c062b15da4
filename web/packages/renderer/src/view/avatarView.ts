import { Pose, type FaceView, type PoseSource } from '@avamotion/client';
import { Group, PerspectiveCamera } from 'three';
import type { Avatar } from '../avatar/avatar.ts';
import { Face } from '../face/face.ts';
import { IdleLife } from '../face/idleLife.ts';
import { seededRandom } from '../face/random.ts';
import { Deformer } from '../plain/deformer.ts';
import { findPortrait, frame, type Portrait } from '../scene/framing.ts';
import { dress, undress, type Quality } from '../scene/look.ts';
import type { Backdrop } from '../scene/studio.ts';
import { AvatarController } from '../sdk/avatarController.ts';
import { Easel, type EaselOptions } from './easel.ts';
import { Pace } from './pace.ts';
import { ShaderQueue } from './shaderQueue.ts';

/** How an `AvatarView` draws. */
export interface AvatarViewOptions extends EaselOptions {
  /** One that was made while the avatar was loading, with a container, quality and backdrop of its own; it outlives the view. */
  readonly easel?: Easel;
  /** Whether to draw less when pictures come too slowly. Default: true. */
  readonly adaptive?: boolean;
  /** What the picture shows, for people who do not see it. Default: the avatar's name. */
  readonly alt?: string;
}

/** Where the face stands in the picture. */
export interface ViewTransform {
  /** To the right, in picture widths. */
  readonly x: number;
  /** Upwards, in picture heights. */
  readonly y: number;
  readonly scale: number;
}

const LEAST_PIXEL_RATIO = 0.6;
/** Where the processor draws, it rests this share of a picture's time before the next: sound needs it, too. */
const REST_SHARE = 0.5;
const BREATH_M = 0.0016;

/** Draws an avatar into a container and keeps it alive. */
export class AvatarView implements FaceView {
  readonly canvas: HTMLCanvasElement;
  readonly avatar: Avatar;
  /** Drives the face by hand while no provider does. */
  readonly controller: AvatarController;
  /** Called once, when the face is on the screen for the first time. */
  onFirstRendering: (() => void) | undefined;
  readonly #easel: Easel;
  readonly #ownsEasel: boolean;
  readonly #camera: PerspectiveCamera = new PerspectiveCamera();
  readonly #body: Group = new Group();
  readonly #face: Face;
  readonly #deformer: Deformer | undefined;
  readonly #portrait: Portrait;
  readonly #idle: IdleLife;
  readonly #shaders: ShaderQueue;
  readonly #pose: Pose = new Pose();
  readonly #pace: Pace = new Pace();
  readonly #observer: ResizeObserver;
  readonly #reducedMotion: MediaQueryList = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #adaptive: boolean;
  #source: PoseSource | undefined;
  #transform: ViewTransform = { x: 0, y: 0, scale: 1 };
  #pixelRatio: number;
  #fence: WebGLSync | null = null;
  #beganMs = 0;
  #restUntilMs = 0;
  #request = 0;
  #lastS = 0;
  #first = true;
  #framesDrawn = 0;

  /**
   * Start drawing.
   *
   * @throws AvatarError if the container is missing or has no size, or the browser no WebGL
   */
  constructor(avatar: Avatar, container: HTMLElement | null, options: AvatarViewOptions = {}) {
    this.#easel = options.easel ?? new Easel(container, options);
    this.#ownsEasel = options.easel === undefined;
    const { quality, studio, renderer } = this.#easel;
    this.avatar = avatar;
    const owned = (): boolean => this.#source !== undefined;
    this.controller = new AvatarController({
      avatarId: avatar.id,
      get owned() {
        return owned();
      },
    });
    this.canvas = this.#easel.canvas;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', options.alt ?? `${avatar.name}, an animated avatar`);
    this.#adaptive = options.adaptive ?? true;
    this.#pixelRatio = renderer.getPixelRatio();
    const model = avatar.instantiate();
    dress(model, quality);
    this.#portrait = findPortrait(model);
    this.#body.add(model);
    studio.scene.add(this.#body);
    const { x, y, z } = this.#portrait.eyes;
    studio.aim(x, y, z);
    this.#face = new Face(model, avatar.closure, avatar.report.level);
    if (quality === 'low') {
      this.#deformer = new Deformer(model);
      studio.scene.add(this.#deformer.stage);
    }
    this.#idle = new IdleLife(seededRandom(performance.now()));
    this.#observer = new ResizeObserver(() => {
      this.#resize();
    });
    this.#observer.observe(this.#easel.container);
    this.#resize();
    this.#shaders = new ShaderQueue(renderer, studio.scene, this.#camera);
    this.#request = requestAnimationFrame(this.#tick);
  }

  /** Where the face stands in the picture. */
  get transform(): ViewTransform {
    return this.#transform;
  }
  set transform(transform: ViewTransform) {
    this.#transform = transform;
    this.#resize();
  }

  /** The pose shown now, before it is fitted to the avatar's head. Do not change it. */
  get pose(): Pose {
    return this.#pose;
  }

  /** Pictures drawn so far. */
  get framesDrawn(): number {
    return this.#framesDrawn;
  }

  /** Average time between pictures, milliseconds. */
  get frameMs(): number {
    return this.#pace.averageS * 1000;
  }

  /** How rich the picture is. */
  get quality(): Quality {
    return this.#easel.quality;
  }

  setPoseSource(source: PoseSource | undefined): void {
    this.#source = source;
  }

  /** Change the backdrop. */
  setBackdrop(backdrop: Backdrop): void {
    this.#easel.studio.setBackdrop(backdrop);
  }

  /** Stop drawing and free everything. */
  dispose(): void {
    void this.controller.dispose();
    cancelAnimationFrame(this.#request);
    this.#observer.disconnect();
    if (this.#fence !== null) this.#easel.gl.deleteSync(this.#fence);
    for (const part of [this.#body, this.#deformer?.stage]) {
      if (part === undefined) continue;
      undress(part);
      part.removeFromParent();
    }
    this.#deformer?.dispose();
    if (this.#ownsEasel) this.#easel.dispose();
  }

  readonly #tick = (): void => {
    this.#request = requestAnimationFrame(this.#tick);
    if (!this.#drawnBefore() || !this.#shaders.ready(!this.#first)) return;
    const nowMs = performance.now();
    if (nowMs < this.#restUntilMs) return;
    this.#beganMs = nowMs;
    const nowS = nowMs / 1000;
    const motion = this.#reducedMotion.matches ? 0 : 1;
    this.#idle.setMotion(motion);
    this.#idle.sample(nowS, this.#pose);
    const source = this.#source ?? this.controller.source;
    source?.sample(nowMs, this.#pose);
    this.#face.apply(this.#pose);
    this.#body.position.y = BREATH_M * motion * this.#idle.breath(nowS);
    const { gl, renderer, studio } = this.#easel;
    if (this.#deformer !== undefined) {
      studio.scene.updateMatrixWorld();
      this.#deformer.update();
    }
    renderer.render(studio.scene, this.#camera);
    this.#fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    this.#framesDrawn++;
    source?.drawn(performance.now());
    if (this.#lastS > 0 && this.#pace.note(nowS, nowS - this.#lastS) && this.#adaptive)
      this.#saveWork();
    this.#lastS = nowS;
  };

  /** Whether the graphics processor has finished the last picture; queueing more would only add delay. */
  #drawnBefore(): boolean {
    if (this.#fence === null) return true;
    const { gl, software } = this.#easel;
    const status = gl.clientWaitSync(this.#fence, 0, 0);
    if (status === gl.TIMEOUT_EXPIRED) return false;
    gl.deleteSync(this.#fence);
    this.#fence = null;
    if (software) {
      const nowMs = performance.now();
      this.#restUntilMs = nowMs + REST_SHARE * (nowMs - this.#beganMs);
    }
    if (this.#first) {
      this.#first = false;
      this.onFirstRendering?.();
    }
    return true;
  }

  #saveWork(): void {
    const { renderer, studio } = this.#easel;
    if (renderer.shadowMap.enabled) {
      studio.setShadows(renderer, false);
    } else if (this.#pixelRatio > LEAST_PIXEL_RATIO) {
      this.#pixelRatio = Math.max(LEAST_PIXEL_RATIO, this.#pixelRatio * 0.75);
      this.#resize();
    }
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#easel.container;
    if (width === 0 || height === 0) return;
    this.#easel.fit(this.#pixelRatio);
    frame(this.#camera, this.#portrait, width / height);
    const { x, y, scale } = this.#transform;
    this.#camera.zoom = scale;
    this.#camera.setViewOffset(width, height, -x * width, y * height, width, height);
  }
}
