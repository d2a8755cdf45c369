using System.Runtime.InteropServices;
using P2P.Core.Runtime;

namespace P2P.Core.Multiformats;

/// <summary>
/// Hash codes of what peers choose, for tables in memory: keyed with random words of the process, so that nobody can name many values that meet in one
/// place. Differs from process to process: never written, sent, or part of an order. No allocation.
/// </summary>
/// <remarks>
/// A sum of products over whole 32-bit words (multilinear, universal). <see cref="HashCode"/> is no defence: of 64-bit words it folds the halves before
/// its seed comes in, and differences of its rounds cancel under any seed.
/// </remarks>
public static class KeyedHash
{
    private static readonly ulong[] Keys = Draw();

    /// <summary>Of 32 bytes.</summary>
    /// <param name="a">The first eight, in any order that is always the same.</param>
    /// <param name="b">The next.</param>
    /// <param name="c">The next.</param>
    /// <param name="d">The last.</param>
    public static int Of(ulong a, ulong b, ulong c, ulong d)
    {
        ulong[] keys = Keys;
        unchecked
        {
            ulong sum = keys[8];
            sum += (keys[0] * (uint)a) + (keys[1] * (a >> 32));
            sum += (keys[2] * (uint)b) + (keys[3] * (b >> 32));
            sum += (keys[4] * (uint)c) + (keys[5] * (c >> 32));
            sum += (keys[6] * (uint)d) + (keys[7] * (d >> 32));
            return (int)(sum >> 32);
        }
    }

    /// <summary>Of bytes of any length.</summary>
    /// <param name="bytes">Any bytes.</param>
    public static int Of(ReadOnlySpan<byte> bytes)
    {
        int pairs = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes)); // the runtime's own keyed hash
        return bytes.Length % 2 == 0 ? pairs : pairs ^ bytes[^1];
    }

    private static ulong[] Draw()
    {
        ulong[] keys = new ulong[9];
        SystemChance.Instance.Fill(MemoryMarshal.AsBytes(keys.AsSpan()));
        return keys;
    }
}
