const size = 624;
const middle = 397;

/**
 * MT19937 (Matsumoto and Nishimura 1998, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudorandom
 * number generator"), seeded by the authors' `init_genrand` with the low 32 bits of the seed, as `torch.Generator` does.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(size);
  private position = size;

  /** @param seed a whole number of either sign; only its value modulo 2^32 counts. */
  constructor(seed: number) {
    const { state } = this;
    state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < size; i++) {
      const last = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = Math.imul(1812433253, last) + i;
    }
  }

  /** The next 32 bits, 0 to 2^32 - 1. */
  next(): number {
    if (this.position === size) this.twist();
    let y = this.state[this.position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < size; i++) {
      const y = (state[i] & 0x80000000) | (state[i + 1 < size ? i + 1 : 0] & 0x7fffffff);
      const far = state[i + middle < size ? i + middle : i + middle - size];
      state[i] = far ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}
