import { AvatarError, Pose, type FaceView, type PoseSource } from '@avamotion/client';
import { Group, NeutralToneMapping, PerspectiveCamera, WebGLRenderer } from 'three';
import type { Avatar } from '../avatar/avatar.ts';
import { Face } from '../face/face.ts';
import { IdleLife } from '../face/idleLife.ts';
import { seededRandom } from '../face/random.ts';
import { Deformer } from '../plain/deformer.ts';
import { findPortrait, frame, type Portrait } from '../scene/framing.ts';
import { dress, undress, type Quality } from '../scene/look.ts';
import { Studio, type Backdrop } from '../scene/studio.ts';
import { AvatarController } from '../sdk/avatarController.ts';
import { Pace } from './pace.ts';
import { ShaderQueue } from './shaderQueue.ts';
import { isSoftwareContext, isSoftwareRenderer } from './software.ts';

/** How an `AvatarView` draws. */
export interface AvatarViewOptions {
  /** Default: as good as the machine allows. */
  readonly quality?: Quality | 'auto';
  readonly backdrop?: Backdrop;
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

const MAX_PIXEL_RATIO = 2;
const SOFTWARE_PIXELS = 320; // longer side that a software renderer can bear
const LEAST_PIXEL_RATIO = 0.6;
/** Where the processor draws, it rests this share of a picture's time before the next: sound needs it, too. */
const REST_SHARE = 0.5;
const BREATH_M = 0.0016;
const DEFAULT_BACKDROP: Backdrop = { inner: '#8fa0ad', outer: '#3d4853' };

/** Draws an avatar into a container and keeps it alive. */
export class AvatarView implements FaceView {
  readonly canvas: HTMLCanvasElement;
  readonly avatar: Avatar;
  /** Drives the face by hand while no provider does. */
  readonly controller: AvatarController;
  /** Called once, when the face is on the screen for the first time. */
  onFirstRendering: (() => void) | undefined;
  readonly #container: HTMLElement;
  readonly #renderer: WebGLRenderer;
  readonly #gl: WebGL2RenderingContext;
  readonly #studio: Studio;
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
  readonly #quality: Quality;
  readonly #software: boolean;
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
    if (container === null) {
      throw new AvatarError(
        'config_invalid',
        'There is no container for the avatar: the element you name is not on the page yet.',
      );
    }
    if (container.clientWidth === 0 || container.clientHeight === 0) {
      throw new AvatarError(
        'config_invalid',
        'The container of the avatar has no size. Give it a width and a height before you make the view.',
      );
    }
    this.avatar = avatar;
    const owned = (): boolean => this.#source !== undefined;
    this.controller = new AvatarController({
      avatarId: avatar.id,
      get owned() {
        return owned();
      },
    });
    this.#container = container;
    this.canvas = document.createElement('canvas');
    this.canvas.style.cssText = 'display:block;width:100%;height:100%';
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', options.alt ?? `${avatar.name}, an animated avatar`);
    const context = openContext(this.canvas, options.quality ?? 'auto');
    this.#gl = context.gl;
    this.#software = context.software;
    this.#quality = context.quality;
    this.#adaptive = options.adaptive ?? true;
    this.#renderer = new WebGLRenderer({ canvas: this.canvas, context: context.gl });
    this.#renderer.toneMapping = NeutralToneMapping;
    // To ask for errors means to wait for each shader before the next one starts.
    this.#renderer.debug.checkShaderErrors = false;
    this.#pixelRatio = Math.min(devicePixelRatio, MAX_PIXEL_RATIO);
    this.#studio = new Studio(this.#renderer, this.#quality);
    this.#studio.setBackdrop(options.backdrop ?? DEFAULT_BACKDROP);
    const model = avatar.instantiate();
    dress(model, this.#quality);
    this.#portrait = findPortrait(model);
    this.#body.add(model);
    this.#studio.scene.add(this.#body);
    const { x, y, z } = this.#portrait.eyes;
    this.#studio.aim(x, y, z);
    this.#face = new Face(model, avatar.closure, avatar.report.level);
    if (this.#quality === 'low') {
      this.#deformer = new Deformer(model);
      this.#studio.scene.add(this.#deformer.stage);
    }
    this.#idle = new IdleLife(seededRandom(performance.now()));
    container.append(this.canvas);
    this.#observer = new ResizeObserver(() => {
      this.#resize();
    });
    this.#observer.observe(container);
    this.#resize();
    this.#shaders = new ShaderQueue(this.#renderer, this.#studio.scene, this.#camera);
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
    return this.#quality;
  }

  setPoseSource(source: PoseSource | undefined): void {
    this.#source = source;
  }

  /** Change the backdrop. */
  setBackdrop(backdrop: Backdrop): void {
    this.#studio.setBackdrop(backdrop);
  }

  /** Stop drawing and free everything. */
  dispose(): void {
    void this.controller.dispose();
    cancelAnimationFrame(this.#request);
    this.#observer.disconnect();
    if (this.#fence !== null) this.#gl.deleteSync(this.#fence);
    undress(this.#studio.scene);
    this.#deformer?.dispose();
    this.#studio.dispose();
    this.#renderer.dispose();
    this.canvas.remove();
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
    if (this.#deformer !== undefined) {
      this.#studio.scene.updateMatrixWorld();
      this.#deformer.update();
    }
    this.#renderer.render(this.#studio.scene, this.#camera);
    this.#fence = this.#gl.fenceSync(this.#gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.#gl.flush();
    this.#framesDrawn++;
    source?.drawn(performance.now());
    if (this.#lastS > 0 && this.#pace.note(nowS, nowS - this.#lastS) && this.#adaptive)
      this.#saveWork();
    this.#lastS = nowS;
  };

  /** Whether the graphics processor has finished the last picture; queueing more would only add delay. */
  #drawnBefore(): boolean {
    if (this.#fence === null) return true;
    const status = this.#gl.clientWaitSync(this.#fence, 0, 0);
    if (status === this.#gl.TIMEOUT_EXPIRED) return false;
    this.#gl.deleteSync(this.#fence);
    this.#fence = null;
    if (this.#software) {
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
    if (this.#renderer.shadowMap.enabled) {
      this.#studio.setShadows(this.#renderer, false);
    } else if (this.#pixelRatio > LEAST_PIXEL_RATIO) {
      this.#pixelRatio = Math.max(LEAST_PIXEL_RATIO, this.#pixelRatio * 0.75);
      this.#resize();
    }
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#container;
    if (width === 0 || height === 0) return;
    const limit = SOFTWARE_PIXELS / Math.max(width, height);
    const ratio = this.#software && this.#quality === 'low' ? Math.min(1, limit) : this.#pixelRatio;
    this.#renderer.setPixelRatio(ratio);
    this.#renderer.setSize(width, height, false);
    frame(this.#camera, this.#portrait, width / height);
    const { x, y, scale } = this.#transform;
    this.#camera.zoom = scale;
    this.#camera.setViewOffset(width, height, -x * width, y * height, width, height);
  }
}

interface Context {
  readonly gl: WebGL2RenderingContext;
  readonly software: boolean;
  readonly quality: Quality;
}

function openContext(canvas: HTMLCanvasElement, wanted: Quality | 'auto'): Context {
  const quality = wanted === 'auto' ? (isSoftwareRenderer() ? 'low' : 'high') : wanted;
  const gl = canvas.getContext('webgl2', {
    alpha: false,
    antialias: quality === 'high',
    powerPreference: 'high-performance',
  });
  if (gl === null) {
    throw new AvatarError(
      'webgl_missing',
      'This browser cannot draw the avatar: WebGL 2 is off or missing. Switch on hardware acceleration in its settings.',
    );
  }
  return { gl, software: isSoftwareContext(gl), quality };
}
