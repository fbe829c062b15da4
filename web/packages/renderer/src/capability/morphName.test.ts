import { BLEND_SHAPES } from '@avamotion/client';
import { describe, expect, it } from 'vitest';
import { VISEMES } from './control.ts';
import { controlsOf, controlsOfExpression } from './morphName.ts';

describe('the name of a morph target', () => {
  it('of ARKit or Oculus means itself', () => {
    for (const name of BLEND_SHAPES) expect(controlsOf(name)).toEqual([name]);
    for (const name of VISEMES) expect(controlsOf(`viseme_${name}`)).toEqual([`viseme_${name}`]);
  });

  it.each([
    ['blendShape1.jawOpen', ['jawOpen']],
    ['head_mouthFunnel', ['mouthFunnel']],
    ['Face.M_F00_000_00_Fcl_MTH_A', ['vrm_aa']],
    ['mouthSmile_L', ['mouthSmileLeft']],
    ['mouthSmile_R', ['mouthSmileRight']],
    ['browOuterUp_L', ['browOuterUpLeft']],
    ['EyeBlinkLeft', ['eyeBlinkLeft']],
    ['eyeBlink.R', ['eyeBlinkRight']],
    ['JAWOPEN', ['jawOpen']],
    ['jaw_open', ['jawOpen']],
    ['mouthOpen', ['jawOpen']],
    ['mouthSmile', ['mouthSmileLeft', 'mouthSmileRight']],
    ['eyeBlink', ['eyeBlinkLeft', 'eyeBlinkRight']],
    ['eyesClosed', ['vrm_blink']],
    ['viseme_aa', ['viseme_aa']],
    ['Wolf3D_Head.viseme_PP', ['viseme_PP']],
    ['mouthLeft', ['mouthLeft']],
    ['mouth', []],
    ['smileBig', []],
    ['', []],
    ['17', []],
  ])('%s means %j', (name, controls) => {
    expect(controlsOf(name)).toEqual(controls);
  });
});

it.each([
  ['aa', ['vrm_aa']],
  ['a', ['vrm_aa']],
  ['blink_l', ['vrm_blinkLeft']],
  ['lookUp', ['vrm_lookUp']],
  ['JawOpen', ['jawOpen']],
  ['happy', []],
])('the VRM expression %s means %j', (name, controls) => {
  expect(controlsOfExpression(name)).toEqual(controls);
});
