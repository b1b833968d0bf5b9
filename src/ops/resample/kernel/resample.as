// Two-pass separable convolution on interleaved 8-bit RGB. AssemblyScript; scripts/build-kernel.mjs turns it into
// kernel.gen.ts. The host owns the memory and lays it out (see ../resampler.ts); nothing here allocates.
//
// Coefficients are 16-bit limbs, so that one i16x8 dot product does eight multiplications. `quick` tables have one limb.
// `exact` tables have two, k = hi * 2^LIMB + lo: both dot products are exact, and so is their sum modulo 2^32, which is
// Pillow's own 32-bit accumulator bit for bit.

const LIMB: i32 = 11;

// One tap group of the horizontal pass is 4 pixels: 12 bytes of RGB, of which two shuffles make R0 R1 G0 G1 B0 B1 0 0
// (and the same of pixels 2 and 3) as 16-bit lanes. Index -1 gives zero.

/**
 * `rows` source rows of `srcStride` bytes to rows of `dstStride` bytes with `outW` pixels each. `starts`: byte offset of
 * the first tap in the row, one i32 a pixel. `coefs`: `taps` (a multiple of 4, padded with zeros) i16 a pixel.
 * Reads up to 4 bytes past the last tap.
 */
export function horizontalQuick(
  src: usize, srcStride: i32, rows: i32, dst: usize, dstStride: i32, outW: i32,
  starts: usize, coefs: usize, taps: i32, shift: i32,
): void {
  const round = i32x4.splat(1 << (shift - 1));
  const pick01 = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const pick23 = i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  // four rows at a time share the coefficients; behind the last row it is made again, into its own place
  for (let y = 0; y < rows; y += 4) {
    const y1 = min(y + 1, rows - 1), y2 = min(y + 2, rows - 1), y3 = min(y + 3, rows - 1);
    const row = src + <usize>y * srcStride;
    const row1 = <usize>(y1 - y) * srcStride, row2 = <usize>(y2 - y) * srcStride, row3 = <usize>(y3 - y) * srcStride;
    const to1 = <usize>(y1 - y) * dstStride, to2 = <usize>(y2 - y) * dstStride, to3 = <usize>(y3 - y) * dstStride;
    let d = dst + <usize>y * dstStride;
    let c = coefs;
    for (let x = 0; x < outW; x++) {
      let p = row + <usize>load<i32>(starts + ((<usize>x) << 2));
      let a0 = round, a1 = round, a2 = round, a3 = round;
      for (let t = 0; t < taps; t += 4) {
        const k01 = v128.load32_splat(c), k23 = v128.load32_splat(c, 4);
        const v0 = v128.load(p), v1 = v128.load(p + row1), v2 = v128.load(p + row2), v3 = v128.load(p + row3);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i8x16.swizzle(v0, pick01), k01));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i8x16.swizzle(v1, pick01), k01));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(i8x16.swizzle(v2, pick01), k01));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(i8x16.swizzle(v3, pick01), k01));
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i8x16.swizzle(v0, pick23), k23));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i8x16.swizzle(v1, pick23), k23));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(i8x16.swizzle(v2, pick23), k23));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(i8x16.swizzle(v3, pick23), k23));
        p += 12;
        c += 8;
      }
      const h01 = i16x8.narrow_i32x4_s(i32x4.shr_s(a0, shift), i32x4.shr_s(a1, shift));
      const h23 = i16x8.narrow_i32x4_s(i32x4.shr_s(a2, shift), i32x4.shr_s(a3, shift));
      const bytes = i8x16.narrow_i16x8_u(h01, h23);
      if (x < outW - 1) {
        v128.store32_lane(d, bytes, 0);
        v128.store32_lane(d + to1, bytes, 1);
        v128.store32_lane(d + to2, bytes, 2);
        v128.store32_lane(d + to3, bytes, 3);
      } else {
        // a fourth byte would be the next row's first, which is there already
        v128.store16_lane(d, bytes, 0);
        v128.store8_lane(d, bytes, 2, 2);
        v128.store16_lane(d + to1, bytes, 2);
        v128.store8_lane(d + to1, bytes, 6, 2);
        v128.store16_lane(d + to2, bytes, 4);
        v128.store8_lane(d + to2, bytes, 10, 2);
        v128.store16_lane(d + to3, bytes, 6);
        v128.store8_lane(d + to3, bytes, 14, 2);
      }
      d += 3;
    }
  }
}

/**
 * As horizontalQuick, with two limbs: for each group of 4 taps four i16 of `hi`, then four of `lo`. Row by row: writes 1
 * byte past each.
 */
export function horizontalExact(
  src: usize, srcStride: i32, rows: i32, dst: usize, dstStride: i32, outW: i32,
  starts: usize, coefs: usize, taps: i32, shift: i32,
): void {
  const round = i32x4.splat(1 << (shift - 1));
  const pick01 = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const pick23 = i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  for (let y = 0; y < rows; y++) {
    const row = src + <usize>y * srcStride;
    let d = dst + <usize>y * dstStride;
    let c = coefs;
    for (let x = 0; x < outW; x++) {
      let p = row + <usize>load<i32>(starts + ((<usize>x) << 2));
      let hi = i32x4.splat(0);
      let lo = round;
      for (let t = 0; t < taps; t += 4) {
        const v = v128.load(p);
        const a = i8x16.swizzle(v, pick01);
        const b = i8x16.swizzle(v, pick23);
        hi = i32x4.add(hi, i32x4.dot_i16x8_s(a, v128.load32_splat(c)));
        lo = i32x4.add(lo, i32x4.dot_i16x8_s(a, v128.load32_splat(c, 8)));
        hi = i32x4.add(hi, i32x4.dot_i16x8_s(b, v128.load32_splat(c, 4)));
        lo = i32x4.add(lo, i32x4.dot_i16x8_s(b, v128.load32_splat(c, 12)));
        p += 12;
        c += 16;
      }
      const acc = i32x4.shr_s(i32x4.add(i32x4.shl(hi, LIMB), lo), shift);
      const h = i16x8.narrow_i32x4_s(acc, acc);
      v128.store32_lane(d, i8x16.narrow_i16x8_u(h, h), 0);
      d += 3;
    }
  }
}

/**
 * `outH` output rows of `stride` bytes (a multiple of 16). `starts`: byte offset of the first tap's row from `src`, one
 * i32 a row. `coefs`: `taps` (even, padded with zeros) i16 a row. Padding taps read one row past the last.
 */
export function verticalQuick(
  src: usize, stride: i32, dst: usize, outH: i32, starts: usize, coefs: usize, taps: i32, shift: i32,
): void {
  const round = i32x4.splat(1 << (shift - 1));
  for (let y = 0; y < outH; y++) {
    const s = src + <usize>load<i32>(starts + ((<usize>y) << 2));
    const d = dst + <usize>y * stride;
    const c = coefs + <usize>y * taps * 2;
    for (let x = 0; x < stride; x += 16) {
      let a0 = round, a1 = round, a2 = round, a3 = round;
      let p = s + x;
      for (let t = 0; t < taps; t += 2) {
        const u = v128.load(p), w = v128.load(p + stride);
        const k = v128.load32_splat(c + ((<usize>t) << 1));
        const lo = i8x16.shuffle(u, w, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const hi = i8x16.shuffle(u, w, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(lo), k));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(lo), k));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(hi), k));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(hi), k));
        p += <usize>stride << 1;
      }
      const h0 = i16x8.narrow_i32x4_s(i32x4.shr_s(a0, shift), i32x4.shr_s(a1, shift));
      const h1 = i16x8.narrow_i32x4_s(i32x4.shr_s(a2, shift), i32x4.shr_s(a3, shift));
      v128.store(d + x, i8x16.narrow_i16x8_u(h0, h1));
    }
  }
}

/** As verticalQuick, with two limbs: for each pair of taps two i16 of `hi`, then two of `lo`. */
export function verticalExact(
  src: usize, stride: i32, dst: usize, outH: i32, starts: usize, coefs: usize, taps: i32, shift: i32,
): void {
  const round = i32x4.splat(1 << (shift - 1));
  for (let y = 0; y < outH; y++) {
    const s = src + <usize>load<i32>(starts + ((<usize>y) << 2));
    const d = dst + <usize>y * stride;
    const c = coefs + <usize>y * taps * 4;
    for (let x = 0; x < stride; x += 16) {
      let a0 = round, a1 = round, a2 = round, a3 = round;
      let b0 = i32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
      let p = s + x;
      for (let t = 0; t < taps; t += 2) {
        const u = v128.load(p), w = v128.load(p + stride);
        const kh = v128.load32_splat(c + ((<usize>t) << 2));
        const kl = v128.load32_splat(c + ((<usize>t) << 2), 4);
        const lo = i8x16.shuffle(u, w, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const hi = i8x16.shuffle(u, w, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const v0 = i16x8.extend_low_i8x16_u(lo), v1 = i16x8.extend_high_i8x16_u(lo);
        const v2 = i16x8.extend_low_i8x16_u(hi), v3 = i16x8.extend_high_i8x16_u(hi);
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v0, kh));
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v0, kl));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v1, kh));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v1, kl));
        b2 = i32x4.add(b2, i32x4.dot_i16x8_s(v2, kh));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(v2, kl));
        b3 = i32x4.add(b3, i32x4.dot_i16x8_s(v3, kh));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(v3, kl));
        p += <usize>stride << 1;
      }
      a0 = i32x4.shr_s(i32x4.add(i32x4.shl(b0, LIMB), a0), shift);
      a1 = i32x4.shr_s(i32x4.add(i32x4.shl(b1, LIMB), a1), shift);
      a2 = i32x4.shr_s(i32x4.add(i32x4.shl(b2, LIMB), a2), shift);
      a3 = i32x4.shr_s(i32x4.add(i32x4.shl(b3, LIMB), a3), shift);
      v128.store(d + x, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a0, a1), i16x8.narrow_i32x4_s(a2, a3)));
    }
  }
}
