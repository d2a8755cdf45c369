using System.Buffers.Binary;

namespace P2P.Testing.Simulation;

/// <summary>64 bits over everything that was sent, stored and delivered, in order. Not a cryptographic hash.</summary>
internal sealed class TraceHash
{
    public ulong Value { get; private set; } = 0xcbf29ce484222325;

    public void Add(ulong word)
    {
        unchecked
        {
            ulong mixed = (Value ^ word) * 0x9E3779B97F4A7C15;
            Value = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93;
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte rest in bytes)
        {
            Add(rest);
        }
    }
}
