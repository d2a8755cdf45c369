using System.Buffers.Binary;
using P2P.Core.Runtime;

namespace P2P.PubSub.Messages;

/// <summary>
/// Equality under a keyed hash: peers choose ids, and with a hash they can compute they could put all of them into one bucket (limits, T16).
/// The key comes from the injected source, so a simulation repeats it.
/// </summary>
internal sealed class MessageIdComparer(IChance chance) : IEqualityComparer<MessageId>
{
    private readonly ulong _seed = chance.NextUInt64();
    private readonly ulong _factor = chance.NextUInt64() | 1;

    public bool Equals(MessageId x, MessageId y) => x.Equals(y);

    public int GetHashCode(MessageId obj)
    {
        ReadOnlySpan<byte> bytes = obj.Bytes;
        ulong hash = _seed ^ (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong tail = 0;
        foreach (byte b in bytes)
        {
            tail = (tail << 8) | b;
        }

        hash = Mix(hash ^ tail);
        return unchecked((int)(hash ^ (hash >> 32)));
    }

    private ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, _factor, out ulong low);
        return high ^ low ^ _seed;
    }
}
