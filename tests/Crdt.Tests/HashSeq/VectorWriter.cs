using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>An author of the specification's examples: Ed25519 seed of 32 ascending bytes, real blocks, <c>at</c> = 0.</summary>
internal sealed class VectorWriter(byte firstSeedByte)
{
    private readonly KeySigner _signer = new(PrivateKey.FromEd25519Seed([.. Enumerable.Range(firstSeedByte, 32).Select(i => (byte)i)]));
    private readonly SortedSet<Cid> _heads = [];
    private Cid _previous;
    private ulong _sequence;
    private ulong _height;

    public Sequence Sequence { get; } = new(TestEvents.Document);

    public Event Cut(int bytes, string cid)
    {
        AppendContext context = new(
            TestEvents.Document, _signer.Author, _sequence + 1, _previous, [.. _heads.Where(h => h != _previous)], _height + 1);
        EventDraft draft = new() { Type = SeqRules.TypeName, Body = Sequence.TakeBody(context)! };
        Event made = EventCodec.Sign(context, draft, 0, _signer, out _)!;
        Assert.Equal(bytes, made.Bytes.Length);
        Assert.Equal(cid, made.Cid.ToString());
        Sequence.Commit(made);
        Record(made);
        _previous = made.Cid;
        _sequence++;
        return made;
    }

    public void Receive(Event received)
    {
        Sequence.Apply(received);
        Record(received);
    }

    private void Record(Event made)
    {
        _heads.ExceptWith([made.Previous, .. made.Dependencies]);
        _heads.Add(made.Cid);
        _height = Math.Max(_height, made.Height);
    }
}
