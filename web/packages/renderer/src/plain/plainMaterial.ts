import {
  Color,
  DataTexture,
  DoubleSide,
  NoColorSpace,
  ShaderMaterial,
  type Material,
  type Texture,
} from 'three';
import { PLAIN_AMBIENCE, PLAIN_LAMPS } from '../scene/light.ts';

/** What a plain material takes over from a model's own. */
interface Source {
  readonly color?: Color;
  readonly map?: Texture | null;
  readonly isMeshBasicMaterial?: boolean;
}

const white = new DataTexture(new Uint8Array([255, 255, 255, 255]), 1, 1);
white.colorSpace = NoColorSpace;
white.needsUpdate = true;

/**
 * Light and colour, computed per vertex; one picture. The same program for all parts of a face.
 *
 * Where the processor draws, every further kind of material costs 40 to 100 ms before the first picture, and every
 * operation per pixel costs in each.
 */
export class PlainMaterial extends ShaderMaterial {
  readonly color: Color;

  constructor(original: Material & Source) {
    const color = original.color?.clone() ?? new Color(1, 1, 1);
    const solid = !original.transparent;
    super({
      name: original.name,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      vertexColors: true,
      side: DoubleSide,
      transparent: original.transparent,
      depthWrite: solid && original.depthWrite,
      uniforms: {
        tint: { value: color },
        opacity: { value: original.opacity },
        image: { value: original.map ?? white },
        cutoff: { value: original.alphaTest },
        solid: { value: solid ? 1 : 0 },
        unlit: { value: original.isMeshBasicMaterial === true ? 1 : 0 },
        onScreen: { value: 0 },
      },
    });
    this.color = color;
  }

  /** The picture on it. */
  get image(): Texture {
    return this.uniforms['image']?.value as Texture;
  }

  /** Draw in coordinates of the screen from -1 to 1, behind everything, in colours that are final. */
  fillScreen(image: Texture): void {
    this.uniforms['image'] = { value: image };
    this.uniforms['onScreen'] = { value: 1 };
    this.uniforms['unlit'] = { value: 1 };
  }
}

function vector(color: string, intensity: number): string {
  const { r, g, b } = new Color(color).multiplyScalar(intensity / Math.PI);
  return `vec3(${[r, g, b].map((part) => part.toFixed(5)).join(', ')})`;
}

function lighting(): string {
  const lamps = PLAIN_LAMPS.map(({ color, intensity, from }) => {
    const length = Math.hypot(...from);
    const direction = from.map((part) => (part / length).toFixed(5)).join(', ');
    return `light += max(dot(n, vec3(${direction})), 0.) * ${vector(color, intensity)};`;
  });
  const { sky, ground, intensity } = PLAIN_AMBIENCE;
  return `vec3 lit(vec3 n) {
    vec3 light = mix(${vector(ground, intensity)}, ${vector(sky, intensity)}, .5 * n.y + .5);
    ${lamps.join('\n')}
    return mix(light, vec3(1.), unlit);
  }`;
}

const VERTEX = `
uniform vec3 tint;
uniform float opacity, unlit, onScreen;
varying vec2 place;
varying vec4 front;
varying vec3 back;
${lighting()}
void main() {
  vec4 own = color * vec4(tint, opacity);
  vec3 n = normalize(mat3(modelMatrix) * normal);
  place = uv;
  front = vec4(own.rgb * lit(n), own.a);
  back = own.rgb * lit(-n);
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.);
  if (onScreen > .5) gl_Position = vec4(position.xy, 1., 1.);
}`;

const FRAGMENT = `
uniform sampler2D image;
uniform float cutoff, solid, onScreen;
varying vec2 place;
varying vec4 front;
varying vec3 back;
void main() {
  vec4 own = texture2D(image, place);
  own.a *= front.a;
  if (own.a < cutoff) discard;
  own.rgb *= gl_FrontFacing ? front.rgb : back;
  own.a = max(own.a, solid);
  gl_FragColor = own;
  if (onScreen < .5) {
    #include <tonemapping_fragment>
  }
  #include <colorspace_fragment>
}`;
