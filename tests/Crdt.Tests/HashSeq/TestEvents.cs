using System.Buffers.Binary;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Events without signatures: what the sequence looks at, under a CID that commits to it.</summary>
internal static class TestEvents
{
    /// <summary>The document of the vectors in the specification.</summary>
    public static readonly byte[] Genesis = Convert.FromHexString(
        "a561746767656e65736973617601646e616d656568656c6c6f66706f6c696379a16777726974657273646f70656e676e6574776f726b687032702d74657374");

    public static readonly Cid Document = Cid.ForDagCbor(Genesis);

    /// <summary>A replica's core for that document, which admits texts.</summary>
    public static CoreBench Bench(Func<ReplicaOptions, ReplicaOptions> configure)
    {
        Assert.True(P2P.Crdt.Events.Genesis.TryDecode(Genesis, out P2P.Crdt.Events.Genesis? genesis, out _));
        return new CoreBench(o => configure(o with { Genesis = genesis!, TypeRules = [new SeqRules()] }));
    }

    public static readonly byte[] AuthorA = [0x08, 0x01, 0x12, 0x20, .. Convert.FromHexString("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")];

    public static byte[] Author(int number)
    {
        byte[] author = [.. AuthorA];
        author[^1] = (byte)number;
        author[^2] = 0xee;
        return author;
    }

    /// <summary>A whole block, its signature zeros; bodies that no block can have get a stand-in.</summary>
    public static Event Make(AppendContext context, ReadOnlyMemory<byte> body, string type = "seq") =>
        EventCodec.Sign(context, new EventDraft { Type = type, Body = body }, (context.Sequence * 1000) + context.Author.Span[^1], new Unsigned(context.Author), out _)
        ?? MakeStandIn(context, body, type);

    private static Event MakeStandIn(AppendContext context, ReadOnlyMemory<byte> body, string type)
    {
        List<byte> bytes = [.. context.Author.Span, .. context.Previous.Bytes];
        byte[] number = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, context.Sequence);
        bytes.AddRange(number);
        foreach (Cid dependency in context.Dependencies)
        {
            bytes.AddRange(dependency.Bytes);
        }

        bytes.AddRange(body.Span);
        return new Event
        {
            Cid = Cid.ForDagCbor(bytes.ToArray()),
            Document = context.Document,
            Author = context.Author,
            Sequence = context.Sequence,
            Previous = context.Previous,
            Dependencies = context.Dependencies,
            References = [],
            Height = context.Height,
            At = 0,
            Type = type,
            Body = body,
            Signature = new byte[64],
            Bytes = bytes.ToArray(),
        };
    }

    private sealed class Unsigned(ReadOnlyMemory<byte> author) : ISigner
    {
        public ReadOnlyMemory<byte> Author { get; } = author;

        public byte[] Sign(ReadOnlySpan<byte> message) => new byte[64];
    }
}
