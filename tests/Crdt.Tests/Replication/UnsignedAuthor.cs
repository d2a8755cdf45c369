using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Makes events with empty signatures, for tests of scale where signatures are said to be verified: 20 times faster.</summary>
internal sealed class UnsignedAuthor : ISigner
{
    private readonly byte[] _key = [0x08, 0x01, 0x12, 0x20, .. new byte[32]];

    public UnsignedAuthor(int number) => BitConverter.TryWriteBytes(_key.AsSpan(4), number + 1);

    public ReadOnlyMemory<byte> Author => _key;

    public byte[] Sign(ReadOnlySpan<byte> message) => new byte[64];

    public Event Write(ulong sequence, Cid previous, ulong height, Cid[]? deps = null, ulong at = 0)
    {
        AppendContext context = new(Replication.Author.Genesis.Cid, Author, sequence, previous, deps ?? [], height);
        return EventCodec.Sign(context, new EventDraft { Type = "note" }, at, this, out _)!;
    }
}
