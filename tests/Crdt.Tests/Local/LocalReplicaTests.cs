using P2P.Core.Identity;
using P2P.Crdt.Events;
using P2P.Crdt.Local;
using P2P.Crdt.Replication;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Local;

public sealed class LocalReplicaTests
{
    private static readonly Genesis s_document = Genesis.Create("p2p-test", "hello");

    [Fact]
    public void What_one_writes_the_other_reads()
    {
        LocalReplica writer = Writer(1);
        LocalReplica reader = new(s_document, null);
        writer.Text.Insert(0, "one");
        Event first = writer.Cut(at: 5)!;
        writer.Text.Insert(3, " two");
        Event second = writer.Cut()!;
        Assert.Null(writer.Cut());

        Assert.Equal(EventVerdictKind.Pending, reader.Insert(second.Bytes).Kind); // its link is not here, and it is not kept
        Assert.Equal(EventVerdictKind.Accepted, reader.Insert(first.Bytes).Kind);
        Assert.Equal(EventVerdictKind.Accepted, reader.Insert(second.Bytes).Kind);
        Assert.Equal(EventVerdictKind.Duplicate, reader.Insert(second.Bytes).Kind);
        Assert.Equal("one two", reader.Text.GetText());
        Assert.Equal(writer.Text.GetStateHash(), reader.Text.GetStateHash());
        Assert.Equal(writer.Log.Select(static e => e.Cid), reader.Log.Select(static e => e.Cid));
        Assert.Equal(5UL, reader.Log[0].At);
    }

    [Fact]
    public void A_bad_signature_is_refused_unless_a_later_event_of_the_pack_vouches()
    {
        LocalReplica writer = Writer(1);
        writer.Text.Insert(0, "a");
        byte[] forged = writer.Cut()!.Bytes.ToArray();
        int signature = forged.AsSpan().IndexOf("csigX@"u8) + 6;
        forged[signature + 40] ^= 1;
        LocalReplica reader = new(s_document, null);
        Assert.Equal(EventVerdict.Invalid(InvalidReason.Signature), reader.Insert(forged));
        Assert.Equal(EventVerdict.Invalid(InvalidReason.Signature), reader.InsertPack([forged])[0]);
        Assert.Equal(EventVerdictKind.Accepted, reader.InsertAuthentic(forged).Kind);
        Assert.Equal("a", reader.Text.GetText());
    }

    [Fact]
    public void An_event_that_is_refused_vouches_for_nothing_in_a_pack()
    {
        Author author = new(71);
        Event first = author.Write();
        Event bad = VoucherTests.Badly(author.Write(first));
        Event onTop = new Author(72).Write(deps: [bad]);
        Event refused = author.Write(bad, change: static d => d.Height++);
        LocalReplica reader = new(Author.Genesis, null);
        for (int i = 0; i < 2; i++)
        {
            IReadOnlyList<EventVerdict> verdicts = reader.InsertPack([first.Bytes, bad.Bytes, onTop.Bytes, refused.Bytes]);
            Assert.Equal(i == 0 ? EventVerdictKind.Accepted : EventVerdictKind.Duplicate, verdicts[0].Kind);
            Assert.Equal(EventVerdict.Invalid(InvalidReason.Signature), verdicts[1]);
            Assert.Equal(EventVerdict.Pending(bad.Cid), verdicts[2]);
            Assert.Equal(EventVerdict.Invalid(InvalidReason.Height), verdicts[3]);
            Assert.Equal([first.Cid], reader.Log.Select(static e => e.Cid));
        }

        Event voucher = author.Write(bad);
        Assert.All(reader.InsertPack([bad.Bytes, voucher.Bytes, onTop.Bytes]), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal([first.Cid, bad.Cid, voucher.Cid, onTop.Cid], reader.Log.Select(static e => e.Cid));
    }

    [Fact]
    public void A_pack_is_admitted_oldest_first_and_twins_in_it_are_duplicates()
    {
        LocalReplica writer = Writer(1);
        for (int i = 0; i < 20; i++)
        {
            writer.Text.Insert(i, "x");
            writer.Cut();
        }

        LocalReplica reader = new(s_document, null);
        List<ReadOnlyMemory<byte>> blocks = [.. writer.Log.Select(static e => e.Bytes)];
        blocks.Add(blocks[3]);
        IReadOnlyList<EventVerdict> verdicts = reader.InsertPack(blocks);
        Assert.Equal(20, verdicts.Count(static v => v.Kind == EventVerdictKind.Accepted));
        Assert.Equal(EventVerdictKind.Duplicate, verdicts[20].Kind);
        Assert.Equal(20, reader.Text.Length);
    }

    [Fact]
    public void An_event_of_an_author_that_forked_leaves_the_text()
    {
        LocalReplica one = Writer(1);
        LocalReplica other = Writer(1); // the same key twice: a restored backup
        one.Text.Insert(0, "one");
        other.Text.Insert(0, "other");
        Event first = one.Cut()!;
        Event second = other.Cut()!;
        LocalReplica reader = new(s_document, null);
        reader.Insert(first.Bytes);
        Assert.Equal("one", reader.Text.GetText());
        Assert.Equal(EventVerdictKind.Accepted, reader.Insert(second.Bytes).Kind);
        Assert.Equal(string.Empty, reader.Text.GetText());
    }

    [Fact]
    public void Who_has_no_key_cannot_write()
    {
        LocalReplica reader = new(s_document, null);
        reader.Text.Insert(0, "a");
        Assert.Equal(ReplicaError.ReadOnly, Assert.Throws<ReplicaException>(() => reader.Cut()).Error);
    }

    private static LocalReplica Writer(byte number)
    {
        byte[] seed = new byte[32];
        seed[0] = number;
        return new LocalReplica(s_document, new KeySigner(PrivateKey.FromEd25519Seed(seed)));
    }
}
