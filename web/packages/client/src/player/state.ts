// Enumerations of the hosted SDK: an object of the values, and the union of them under the same name.

/** State of the connection to the channel. */
export const ConnectionState = {
  disconnected: 'disconnected',
  connecting: 'connecting',
  connected: 'connected',
  reconnecting: 'reconnecting',
  failed: 'failed',
} as const;
export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

/** State of what the avatar says. */
export const ConversationState = {
  idle: 'idle',
  playing: 'playing',
  pausing: 'pausing',
} as const;
export type ConversationState = (typeof ConversationState)[keyof typeof ConversationState];

/** How much is logged. */
export const LogLevel = {
  off: 'off',
  error: 'error',
  warning: 'warning',
  info: 'info',
  debug: 'debug',
} as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** Who talks to the Motion Server. */
export const DrivingServiceMode = {
  sdk: 'sdk',
  host: 'host',
  backend: 'backend',
} as const;
export type DrivingServiceMode = (typeof DrivingServiceMode)[keyof typeof DrivingServiceMode];
