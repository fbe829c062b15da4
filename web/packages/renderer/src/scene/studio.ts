import {
  CanvasTexture,
  DirectionalLight,
  DoubleSide,
  Mesh,
  MeshBasicMaterial,
  PCFShadowMap,
  PlaneGeometry,
  PMREMGenerator,
  Scene,
  SRGBColorSpace,
  type BufferGeometry,
  type Texture,
  type WebGLRenderer,
} from 'three';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
import { plainGeometry } from '../plain/plainGeometry.ts';
import { PlainMaterial } from '../plain/plainMaterial.ts';
import { KEY_LAMP, RICH_LAMPS, type Lamp } from './light.ts';
import type { Quality } from './look.ts';

/** Colours of the backdrop, from the middle outwards; CSS colours. */
export interface Backdrop {
  readonly inner: string;
  readonly outer: string;
}

/** A portrait photographer's studio: backdrop, key light, fill, two rims, and soft boxes for the eyes. */
export class Studio {
  readonly scene: Scene = new Scene();
  readonly #key: DirectionalLight;
  readonly #environment: Texture | undefined;
  readonly #screen: Mesh<BufferGeometry, PlainMaterial> | undefined;
  #backdrop: Texture | undefined;

  constructor(renderer: WebGLRenderer, quality: Quality) {
    this.#key = light(KEY_LAMP);
    if (quality === 'low') {
      // Its materials know their light. It has to be of the same kind as they are: another program costs time.
      this.#screen = screen();
      this.scene.add(this.#screen);
      return;
    }
    for (const lamp of RICH_LAMPS) this.scene.add(light(lamp));
    this.scene.add(this.#key);
    this.#environment = softBoxes(renderer);
    this.scene.environment = this.#environment;
    this.scene.environmentIntensity = 0.42;
    this.setShadows(renderer, true);
  }

  /** Switch the key light's shadow. */
  setShadows(renderer: WebGLRenderer, on: boolean): void {
    renderer.shadowMap.enabled = on;
    renderer.shadowMap.type = PCFShadowMap;
    this.#key.castShadow = on;
    this.#key.shadow.mapSize.set(1024, 1024);
    const area = { left: -0.3, right: 0.3, top: 0.3, bottom: -0.3, near: 0.1, far: 4 };
    Object.assign(this.#key.shadow.camera, area);
    this.#key.shadow.bias = -0.0006;
    this.#key.shadow.normalBias = 0.004;
    this.#key.shadow.radius = 6;
  }

  /** Place the key light and its shadow around a point. */
  aim(x: number, y: number, z: number): void {
    const [dx, dy, dz] = KEY_LAMP.from;
    this.#key.position.set(x + dx, y + dy, z + dz);
    this.#key.target.position.set(x, y, z);
    this.scene.add(this.#key.target);
  }

  /** Change the backdrop. */
  setBackdrop({ inner, outer }: Backdrop): void {
    const canvas = new OffscreenCanvas(256, 256);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    const gradient = context.createRadialGradient(128, 105, 10, 128, 128, 185);
    gradient.addColorStop(0, inner);
    gradient.addColorStop(1, outer);
    context.fillStyle = gradient;
    context.fillRect(0, 0, 256, 256);
    this.#backdrop?.dispose();
    this.#backdrop = new CanvasTexture(canvas);
    this.#backdrop.colorSpace = SRGBColorSpace;
    if (this.#screen === undefined) this.scene.background = this.#backdrop;
    else this.#screen.material.fillScreen(this.#backdrop);
  }

  /** Free textures. */
  dispose(): void {
    this.#backdrop?.dispose();
    this.#environment?.dispose();
    this.#key.dispose();
    this.#screen?.geometry.dispose();
    this.#screen?.material.dispose();
  }
}

function light({ color, intensity, from }: Lamp): DirectionalLight {
  const made = new DirectionalLight(color, intensity);
  made.position.set(...from);
  return made;
}

/** A backdrop of the same material as a plain face. */
function screen(): Mesh<BufferGeometry, PlainMaterial> {
  const material = new PlainMaterial(new MeshBasicMaterial());
  const mesh = new Mesh(plainGeometry(new PlaneGeometry(2, 2), material.image), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = 1; // behind everything: what is covered by then costs nothing
  return mesh;
}

function softBoxes(renderer: WebGLRenderer): Texture {
  const room = new RoomEnvironment();
  room.add(softBox('#fff4e6', 22, 1.5, 1.9, [-2.1, 2.3, 3.6]));
  room.add(softBox('#e6f0ff', 7, 0.8, 2.2, [3.4, 0.9, 2.6]));
  const generator = new PMREMGenerator(renderer);
  const { texture } = generator.fromScene(room, 0.01);
  generator.dispose();
  room.dispose();
  return texture;
}

function softBox(
  color: string,
  intensity: number,
  width: number,
  height: number,
  [x, y, z]: readonly [number, number, number],
): Mesh {
  const material = new MeshBasicMaterial({ side: DoubleSide });
  material.color.set(color).multiplyScalar(intensity);
  const mesh = new Mesh(new PlaneGeometry(width, height), material);
  mesh.position.set(x, y, z);
  mesh.lookAt(0, 0, 0);
  return mesh;
}
