import type { ChannelPacket } from '../protocol/packet.ts';
import type { ControlMessage } from './control.ts';

/** Why a packet was dropped. */
export type PacketDrop = 'stale_epoch' | 'out_of_order' | 'other_publisher';

/** What to do with a packet that is not dropped. */
export interface Accepted {
  /**
   * Number of the turn on the receiver's own count. Grows with every turn, also over a publisher's restart,
   * where the wire's number starts again.
   */
  readonly turn: number;
  /** Everything held so far is of an older epoch. */
  readonly clear: boolean;
  /** Packets of this publisher that never came. */
  readonly missing: number;
}

interface Publisher {
  epoch: number;
  /** Number of the open turn on the wire, or undefined between turns. */
  openTurn: number | undefined;
  /** Number of the packet received last, or -1. */
  sequence: number;
}

/**
 * Follows the publishers of a channel: their epochs, their turns, and what the network lost.
 *
 * One face has one voice: while a publisher is in a turn, packets of the others are dropped.
 */
export class PublisherTracker {
  readonly #publishers: Map<number, Publisher> = new Map();
  #speaker: number | undefined;
  #turn = 0;

  /** Newest epoch of the publisher heard last. */
  get epoch(): number {
    return this.#current?.epoch ?? 0;
  }

  get #current(): Publisher | undefined {
    return this.#speaker === undefined ? undefined : this.#publishers.get(this.#speaker);
  }

  /**
   * Take a text message.
   *
   * @returns whether everything held is to be cleared
   */
  receiveControl(message: ControlMessage): boolean {
    switch (message.type) {
      case 'joined': {
        const known = this.#current?.epoch;
        this.#publishers.clear();
        for (const { uid, epoch } of message.members) this.#add(uid, epoch);
        return known !== undefined && this.epoch > known;
      }
      case 'member_joined':
        this.#add(message.uid, message.epoch);
        return false;
      case 'member_left':
        // What it said last may still be playing: let it.
        this.#publishers.delete(message.uid);
        if (message.uid === this.#speaker) this.#speaker = undefined;
        return false;
      case 'clear': {
        const publisher = this.#publisher(message.uid);
        if (message.epoch <= publisher.epoch) return false;
        publisher.epoch = message.epoch;
        publisher.openTurn = undefined;
        return message.uid === this.#speaker;
      }
      case 'turn':
      case 'message':
      case 'error':
      case 'pong':
        return false;
    }
  }

  /** Take a packet. */
  receivePacket(packet: ChannelPacket): Accepted | PacketDrop {
    if (packet.uid !== this.#speaker && this.#current?.openTurn !== undefined) {
      return 'other_publisher';
    }
    const publisher = this.#publisher(packet.uid);
    if (packet.epoch < publisher.epoch) return 'stale_epoch';
    if (packet.sequence <= publisher.sequence) return 'out_of_order';
    const missing = publisher.sequence < 0 ? 0 : packet.sequence - publisher.sequence - 1;
    const clear = packet.epoch > publisher.epoch && publisher.openTurn !== undefined;
    if (packet.turn !== publisher.openTurn || clear) this.#turn++;
    this.#speaker = packet.uid;
    publisher.epoch = packet.epoch;
    publisher.openTurn = packet.end ? undefined : packet.turn;
    publisher.sequence = packet.sequence;
    return { turn: this.#turn, clear, missing };
  }

  #publisher(uid: number): Publisher {
    return this.#publishers.get(uid) ?? this.#add(uid, 0);
  }

  #add(uid: number, epoch: number): Publisher {
    const publisher: Publisher = { epoch, openTurn: undefined, sequence: -1 };
    this.#publishers.set(uid, publisher);
    return publisher;
  }
}
