/** What went wrong, for a program. */
export type AvatarErrorCode =
  // said by the channel's server
  | 'bad_request'
  | 'app_unknown'
  | 'token_invalid'
  | 'token_expired'
  | 'uid_taken'
  | 'join_timeout'
  | 'channel_full'
  // found by the client
  | 'server_gone'
  | 'unsupported'
  | 'config_invalid'
  | 'not_connected'
  | 'audio_failed'
  | 'microphone_denied'
  | 'microphone_lost'
  | 'provider_failed'
  | 'flow_owned'
  | 'avatar_unknown'
  | 'avatar_invalid'
  | 'webgl_missing';

/** An error that a page may want to tell its user; the message is a sentence that says what to do. */
export class AvatarError extends Error {
  readonly code: AvatarErrorCode;

  constructor(code: AvatarErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AvatarError';
    this.code = code;
  }
}
