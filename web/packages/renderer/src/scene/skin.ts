import { ShaderChunk, type MeshStandardMaterial } from 'three';

const CHUNK = '#include <lights_physical_pars_fragment>';
const DIRECT = 'reflectedLight.directDiffuse += irradiance * diffuseBRDF * ( 1.0 - F );';
// Light that enters skin leaves it further on, red furthest: the diffuse term wraps around, by channel.
const SCATTERED = `{
  float nl = dot( geometryNormal, directLight.direction );
  vec3 reach = vec3( .38, .15, .09 );
  vec3 lit = clamp( ( vec3( nl ) + reach ) / ( ( 1. + reach ) * ( 1. + reach ) ), 0., 1. );
  reflectedLight.directDiffuse += lit * directLight.color * diffuseBRDF * ( 1. - F );
}`;

/** Whether this version of three.js has the line that `scatter` replaces. */
export const SCATTER_SUPPORTED: boolean =
  ShaderChunk.lights_physical_pars_fragment.includes(DIRECT);

/** Make a material scatter light like skin; leaves it alone where three.js has changed too much. */
export function scatter(material: MeshStandardMaterial): void {
  if (!SCATTER_SUPPORTED) return;
  const chunk = ShaderChunk.lights_physical_pars_fragment.replace(DIRECT, SCATTERED);
  material.onBeforeCompile = (shader): void => {
    shader.fragmentShader = shader.fragmentShader.replace(CHUNK, chunk);
  };
  material.customProgramCacheKey = (): string => 'avamotion-skin';
}
