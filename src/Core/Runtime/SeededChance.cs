using System.Buffers.Binary;

namespace P2P.Core.Runtime;

/// <summary>
/// Repeatable randomness for tests and simulations (SplitMix64). Never for keys that protect anything.
/// Not thread-safe: one owner.
/// </summary>
/// <param name="seed">The whole state; equal seeds give equal streams.</param>
public sealed class SeededChance(ulong seed) : IChance
{
    private ulong _state = seed;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[8];
        while (destination.Length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
            int count = Math.Min(8, destination.Length);
            word[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    private ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
