using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace P2P.Core.Crypto;

/// <summary>The compression function of BLAKE3: four rows of a 4 x 4 state as vectors, and a scalar twin for machines without them.</summary>
internal static class Blake3Compression
{
    private const uint Iv0 = 0x6a09e667, Iv1 = 0xbb67ae85, Iv2 = 0x3c6ef372, Iv3 = 0xa54ff53a;

    /// <summary>The last row of the state before the first round.</summary>
    /// <param name="Counter">Chunk number; 0 for parents.</param>
    /// <param name="BlockLength">Message bytes in the block.</param>
    /// <param name="Flags">Domain flags.</param>
    internal readonly record struct State(ulong Counter, int BlockLength, uint Flags);

    /// <summary>Compresses one block; what is missing to 64 bytes counts as zeros.</summary>
    /// <param name="chaining">32 bytes.</param>
    /// <param name="block">At most 64 bytes.</param>
    /// <param name="state">Counter, length, flags.</param>
    /// <param name="destination">32 bytes; may be <paramref name="chaining"/> itself.</param>
    public static void Compress(ReadOnlySpan<byte> chaining, ReadOnlySpan<byte> block, in State state, Span<byte> destination)
    {
        if (!Vector128.IsHardwareAccelerated || !BitConverter.IsLittleEndian)
        {
            CompressScalar(chaining, block, state, destination);
        }
        else if ((block.Length & 7) == 0)
        {
            CompressVector(chaining, block, state, destination);
        }
        else
        {
            Span<byte> padded = stackalloc byte[64];
            block.CopyTo(padded);
            padded[block.Length..].Clear();
            CompressVector(chaining, padded, state, destination);
        }
    }

    /// <summary>
    /// Rows in vectors. Before the diagonal half the rows a, c, d are turned, not b, c, d as on paper: b is computed last, so its turn
    /// would wait. The message words of that half are therefore kept turned by one lane as well.
    /// </summary>
    /// <param name="chaining">32 bytes.</param>
    /// <param name="block">0, 8, 16 … 64 bytes.</param>
    /// <param name="state">Counter, length, flags.</param>
    /// <param name="destination">32 bytes.</param>
    internal static void CompressVector(ReadOnlySpan<byte> chaining, ReadOnlySpan<byte> block, in State state, Span<byte> destination)
    {
        Vector128<uint> w0 = Load(block, 0), w1 = Load(block, 16), w2 = Load(block, 32), w3 = Load(block, 48);

        // Columns take the even and odd words of the first half, diagonals (one lane later) those of the second.
        Vector128<uint> even = Pick(w0, w1, Vector128.Create(0u, 2, 0, 2));
        Vector128<uint> odd = Pick(w0, w1, Vector128.Create(1u, 3, 1, 3));
        Vector128<uint> lateEven = Vector128.Shuffle(Pick(w2, w3, Vector128.Create(0u, 2, 0, 2)), Vector128.Create(3u, 0, 1, 2));
        Vector128<uint> lateOdd = Vector128.Shuffle(Pick(w2, w3, Vector128.Create(1u, 3, 1, 3)), Vector128.Create(3u, 0, 1, 2));

        ref uint cv = ref Unsafe.As<byte, uint>(ref MemoryMarshal.GetReference(chaining[..32]));
        Vector128<uint> a = Vector128.LoadUnsafe(ref cv), b = Vector128.LoadUnsafe(ref cv, 4);
        Vector128<uint> c = Vector128.Create(Iv0, Iv1, Iv2, Iv3);
        Vector128<uint> d = Vector128.Create(unchecked((uint)state.Counter), (uint)(state.Counter >> 32), (uint)state.BlockLength, state.Flags);

        for (int round = 0; ; round++)
        {
            Mix(ref a, ref b, ref c, ref d, even, odd);
            a = Vector128.Shuffle(a, Vector128.Create(3u, 0, 1, 2));
            d = Vector128.Shuffle(d, Vector128.Create(2u, 3, 0, 1));
            c = Vector128.Shuffle(c, Vector128.Create(1u, 2, 3, 0));
            Mix(ref a, ref b, ref c, ref d, lateEven, lateOdd);
            a = Vector128.Shuffle(a, Vector128.Create(1u, 2, 3, 0));
            d = Vector128.Shuffle(d, Vector128.Create(2u, 3, 0, 1));
            c = Vector128.Shuffle(c, Vector128.Create(3u, 0, 1, 2));
            if (round == 6)
            {
                break;
            }

            Permute(ref even, ref odd, ref lateEven, ref lateOdd);
        }

        ref uint result = ref Unsafe.As<byte, uint>(ref MemoryMarshal.GetReference(destination[..32]));
        (a ^ c).StoreUnsafe(ref result);
        (b ^ d).StoreUnsafe(ref result, 4);
    }

    /// <summary>
    /// Sixteen bytes at an offset, or eight and zeros, or zeros. Through a padded copy a 40-byte message (the usual HashSeq preimage)
    /// costs half as much again: the copy is written in other pieces than it is read, and the processor waits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Load(ReadOnlySpan<byte> block, int at) =>
        block.Length >= at + 16 ? Unsafe.ReadUnaligned<Vector128<uint>>(ref Unsafe.Add(ref MemoryMarshal.GetReference(block), at))
        : block.Length >= at + 8 ? Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetReference(block), at))).AsUInt32()
        : Vector128<uint>.Zero;

    /// <summary>The same in plain words, as the paper has it.</summary>
    internal static void CompressScalar(ReadOnlySpan<byte> chaining, ReadOnlySpan<byte> block, in State state, Span<byte> destination)
    {
        ReadOnlySpan<byte> order = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
        Span<uint> m = stackalloc uint[16];
        Span<uint> v = stackalloc uint[16];
        Span<byte> padded = stackalloc byte[64];
        padded.Clear();
        block.CopyTo(padded);
        for (int i = 0; i < 16; i++)
        {
            m[i] = BinaryPrimitives.ReadUInt32LittleEndian(padded[(4 * i)..]);
            v[i] = i < 8 ? BinaryPrimitives.ReadUInt32LittleEndian(chaining[(4 * i)..]) : 0;
        }

        (v[8], v[9], v[10], v[11]) = (Iv0, Iv1, Iv2, Iv3);
        (v[12], v[13], v[14], v[15]) = (unchecked((uint)state.Counter), (uint)(state.Counter >> 32), (uint)state.BlockLength, state.Flags);
        Span<uint> next = stackalloc uint[16];
        for (int round = 0; round < 7; round++)
        {
            for (int i = 0; i < 4; i++)
            {
                Mix(v, (i, 4 + i, 8 + i, 12 + i), m[2 * i], m[(2 * i) + 1]);
            }

            for (int i = 0; i < 4; i++)
            {
                Mix(v, (i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3)), m[8 + (2 * i)], m[9 + (2 * i)]);
            }

            for (int i = 0; i < 16; i++)
            {
                next[i] = m[order[i]];
            }

            next.CopyTo(m);
        }

        for (int i = 0; i < 8; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * i)..], v[i] ^ v[8 + i]);
        }
    }

    private static void Mix(Span<uint> v, (int A, int B, int C, int D) at, uint x, uint y)
    {
        unchecked
        {
            v[at.A] += v[at.B] + x;
            v[at.D] = BitOperations.RotateRight(v[at.D] ^ v[at.A], 16);
            v[at.C] += v[at.D];
            v[at.B] = BitOperations.RotateRight(v[at.B] ^ v[at.C], 12);
            v[at.A] += v[at.B] + y;
            v[at.D] = BitOperations.RotateRight(v[at.D] ^ v[at.A], 8);
            v[at.C] += v[at.D];
            v[at.B] = BitOperations.RotateRight(v[at.B] ^ v[at.C], 7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector128<uint> a,
        ref Vector128<uint> b,
        ref Vector128<uint> c,
        ref Vector128<uint> d,
        Vector128<uint> x,
        Vector128<uint> y)
    {
        a = a + x + b; // the message first: it is ready before b is
        d = Rotate16(d ^ a);
        c += d;
        b = Rotate(b ^ c, 12);
        a = a + y + b;
        d = Rotate8(d ^ a);
        c += d;
        b = Rotate(b ^ c, 7);
    }

    /// <summary>
    /// The fixed permutation of the message words between rounds, on the layout even = (0, 2, 4, 6), odd = (1, 3, 5, 7),
    /// lateEven = (14, 8, 10, 12), lateOdd = (15, 9, 11, 13).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Permute(
        ref Vector128<uint> even,
        ref Vector128<uint> odd,
        ref Vector128<uint> lateEven,
        ref Vector128<uint> lateOdd)
    {
        Vector128<uint> e = even, o = odd, le = lateEven, lo = lateOdd;
        even = Vector128.ConditionalSelect(
            Vector128.Create(~0u, 0, 0, ~0u), // words 2, 3, 7, 4
            Vector128.Shuffle(e, Vector128.Create(1u, 1, 1, 2)),
            Vector128.Shuffle(o, Vector128.Create(1u, 1, 3, 3)));
        odd = Vector128.ConditionalSelect(
            Vector128.Create(~0u, 0, ~0u, 0), // words 6, 10, 0, 13
            Vector128.Shuffle(e, Vector128.Create(3u, 3, 0, 0)),
            Vector128.ConditionalSelect(Vector128.Create(0, ~0u, 0, 0), Vector128.Shuffle(le, Vector128.Create(2u, 2, 2, 2)), lo));
        lateEven = Vector128.ConditionalSelect(
            Vector128.Create(~0u, 0, 0, ~0u), // words 15, 1, 12, 9
            Vector128.Shuffle(lo, Vector128.Create(0u, 0, 0, 1)),
            Vector128.ConditionalSelect(
                Vector128.Create(0, ~0u, 0, 0),
                Vector128.Shuffle(o, Vector128.Create(0u, 0, 0, 0)),
                Vector128.Shuffle(le, Vector128.Create(3u, 3, 3, 3))));
        lateOdd = Vector128.ConditionalSelect(
            Vector128.Create(~0u, 0, 0, ~0u), // words 8, 11, 5, 14
            Vector128.Shuffle(le, Vector128.Create(1u, 1, 1, 0)),
            Vector128.ConditionalSelect(
                Vector128.Create(0, ~0u, 0, 0),
                Vector128.Shuffle(lo, Vector128.Create(2u, 2, 2, 2)),
                o));
    }

    /// <summary>Two lanes of each of two vectors, named by the halves of <paramref name="lanes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Pick(Vector128<uint> low, Vector128<uint> high, Vector128<uint> lanes) =>
        Vector128.ConditionalSelect(Vector128.Create(~0u, ~0u, 0, 0), Vector128.Shuffle(low, lanes), Vector128.Shuffle(high, lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> value, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateRight(value, bits)
            : (value >>> bits) | (value << (32 - bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate16(Vector128<uint> value) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateRight(value, 16)
            : Vector128.Shuffle(value.AsUInt16(), Vector128.Create((ushort)1, 0, 3, 2, 5, 4, 7, 6)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate8(Vector128<uint> value) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateRight(value, 8)
            : Vector128.Shuffle(value.AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();
}
