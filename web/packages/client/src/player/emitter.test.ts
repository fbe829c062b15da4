import { expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

it('calls every handler of an event until it is taken off', () => {
  const emitter = new Emitter<{ number: number; other: number }>();
  const heard: number[] = [];
  const handler = (value: number): void => void heard.push(value);
  emitter.on('number', handler);
  emitter.on('number', (value) => heard.push(-value));
  emitter.emit('number', 1);
  emitter.emit('other', 5);
  emitter.off('number', handler);
  emitter.emit('number', 2);
  emitter.clear();
  emitter.emit('number', 3);
  expect(heard).toEqual([1, -1, -2]);
});

it('a handler may take itself off', () => {
  const emitter = new Emitter<{ number: number }>();
  const heard: number[] = [];
  const once = (value: number): void => {
    emitter.off('number', once);
    heard.push(value);
  };
  emitter.on('number', once);
  emitter.on('number', (value) => heard.push(value * 10));
  emitter.emit('number', 1);
  emitter.emit('number', 2);
  expect(heard).toEqual([1, 10, 20]);
});
