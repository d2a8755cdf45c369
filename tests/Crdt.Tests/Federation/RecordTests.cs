using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Federation;

/// <summary>Bodies of federation §2 and the adversarial rows 15 and 16 of replica §15.</summary>
public sealed class RecordTests
{
    private static readonly Cid s_raw = Cid.ForRaw("data"u8);
    private static readonly Cid s_dag = Cid.ForDagCbor([0xa0]);

    private static readonly KeyValuePair<string, Cid>[] s_slots = SlotMap.Sort([new("bb", s_raw), new("a", s_dag)]);

    private static readonly (string Type, byte[] Body)[] s_valid =
    [
        (FederationTypes.Artifact, ArtifactBody.OfBytes("x"u8.ToArray(), 7, "key").Encode()),
        (FederationTypes.Artifact, ArtifactBody.OfBlock(s_raw, 4).Encode()),
        (FederationTypes.Edge, EdgeBody.Of([s_dag], [s_dag], "t").Encode()),
        (FederationTypes.Edge, EdgeBody.Of([s_dag, s_dag], [s_dag], "ordered:t").Encode()),
        (FederationTypes.Receipt, new ReceiptBody { Program = s_dag, Scheme = "pel/1", Inputs = s_slots, Outputs = s_slots, Status = 0, Gas = 9 }.Encode()),
        (FederationTypes.Tomb, new TombBody(s_dag).Encode()),
        (FederationTypes.Lift, new LiftBody(s_dag, [s_dag]).Encode()),
        (FederationTypes.Snapshot, new SnapBody { Cut = [s_dag], Count = 1, State = EventDigest.Sha256([]) }.Encode()),
    ];

    [Fact]
    public void Every_body_reads_back_and_encodes_to_the_same_bytes()
    {
        foreach ((string type, byte[] body) in s_valid)
        {
            Assert.Equal(body, Reencode(type, body));
        }
    }

    [Fact]
    public void A_changed_byte_is_refused_or_encodes_to_itself()
    {
        SeededChance chance = new(5);
        foreach ((string type, byte[] body) in s_valid)
        {
            for (int i = 0; i < 4_000; i++)
            {
                byte[] changed = [.. body];
                changed[chance.Below(changed.Length)] = (byte)chance.Below(256);
                if (Reencode(type, changed) is byte[] again)
                {
                    Assert.Equal(changed, again);
                }
            }

            for (int length = 0; length < body.Length; length++)
            {
                Assert.Null(Reencode(type, body[..length]));
            }
        }
    }

    [Fact]
    public void What_the_rules_forbid_is_refused()
    {
        Assert.Null(Reencode(FederationTypes.Artifact, (ArtifactBody.OfBytes("abc"u8.ToArray()) with { Size = 4 }).Encode()));
        Assert.Null(Reencode(FederationTypes.Artifact, ArtifactBody.OfBytes(new byte[RecordLimits.InlineBytesMax + 1]).Encode()));
        Assert.Null(Reencode(FederationTypes.Artifact, ArtifactBody.OfBytes(default, key: new string('k', 257)).Encode()));
        Assert.Null(Reencode(FederationTypes.Edge, EdgeBody.Of([s_raw], [s_dag], "t").Encode()));
        Assert.Null(Reencode(FederationTypes.Edge, (EdgeBody.Of([s_dag], [s_dag], "t") with { Roles = [2, 2] }).Encode()));
        Assert.Null(Reencode(FederationTypes.Edge, (EdgeBody.Of([s_dag], [s_dag], "t") with { From = [s_dag, s_dag], Roles = [1, 1, 2] }).Encode()));
        Assert.Null(Reencode(FederationTypes.Edge, (EdgeBody.Of([s_dag], [s_dag], "t") with { To = [] }).Encode()));
        Assert.Null(Reencode(FederationTypes.Receipt, new ReceiptBody
        {
            Program = s_dag,
            Scheme = "pel/1",
            Inputs = [new("Upper", s_raw)],
            Outputs = [],
            Status = 0,
            Gas = 0,
        }.Encode()));
        Assert.Null(Reencode(FederationTypes.Snapshot, new SnapBody { Cut = [s_dag], Count = 0, State = default }.Encode()));
        Assert.Null(Reencode(FederationTypes.Tomb, new TombBody(s_raw).Encode()));
    }

    [Fact]
    public void A_tombstone_of_the_unseen_waits_and_of_a_non_ancestor_is_invalid_while_a_concurrent_add_survives()
    {
        Writer a = new(1);
        Writer b = new(2);
        Event target = a.Artifact("x");
        Event seen = b.Tomb(target, target);
        CoreBench bench = Bench();
        Assert.Equal(EventVerdictKind.Pending, bench.Give(seen).Kind);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(target).Kind);
        Assert.True(bench.Core.State.Graph.Find(seen.Cid)!.IsVisible);

        Event concurrent = a.Artifact("x again");
        Event blind = b.Tomb(concurrent); // does not link it
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(concurrent).Kind);
        Assert.Equal(InvalidReason.Reference, bench.Give(blind).Reason);
    }

    [Fact]
    public void Tombs_lifts_and_snapshots_name_ancestors_of_the_right_kind_only()
    {
        Writer a = new(1);
        Event first = a.Artifact("x");
        Event second = a.Artifact("y");
        Event tomb = a.Tomb(first);
        CoreBench bench = Bench();
        Assert.All(new[] { first, second, tomb }, e => Assert.Equal(EventVerdictKind.Accepted, bench.Give(e).Kind));
        Event kept = a.Last!;

        Assert.Equal(InvalidReason.Reference, bench.Give(a.Tomb(tomb)).Reason); // a tombstone cannot be hidden
        a.Last = kept;
        Assert.Equal(InvalidReason.Reference, bench.Give(a.Lift(second, [tomb])).Reason); // that tombstone hides another
        a.Last = kept;
        Assert.Equal(InvalidReason.Reference, bench.Give(a.Lift(first, [first])).Reason); // no tombstone
        a.Last = kept;
        Assert.Equal(
            InvalidReason.DependenciesNotAntichain,
            bench.Give(a.Write(FederationTypes.Snapshot, new SnapBody
            {
                Cut = [.. new[] { first.Cid, second.Cid }.Order()],
                Count = 2,
                State = default(EventDigest) with { A = 1 },
            }.Encode())).Reason);
        a.Last = kept;
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(a.Lift(first, [tomb])).Kind);
    }

    [Fact]
    public void Tomb_beside_lift_beside_add_again_ends_hidden_with_the_new_one_shown_in_all_six_orders()
    {
        Writer a = new(1);
        Writer b = new(2);
        Writer c = new(3);
        Event target = a.Artifact("x");
        Event first = a.Tomb(target);
        Event tomb = b.Tomb(target, target);
        Event lift = c.Lift(target, [first], first);
        Event again = a.Artifact("x");
        HashSet<string> states = [];
        foreach (Event[] order in new Event[][] { [tomb, lift, again], [tomb, again, lift], [lift, tomb, again], [lift, again, tomb], [again, tomb, lift], [again, lift, tomb] })
        {
            States.Growing growing = new();
            Array.ForEach([target, first, .. order], growing.Give);
            Assert.False(growing.Fold.IsShown(target.Cid));
            Assert.True(growing.Fold.IsShown(again.Cid));
            states.Add(growing.Hash());
        }

        Assert.Single(states);
    }

    private static CoreBench Bench() => new(options => options with { TypeRules = DocumentRules.Create() });

    private static byte[]? Reencode(string type, byte[] body)
    {
        switch (type)
        {
            case FederationTypes.Artifact:
                _ = ArtifactBody.TryRead(body, out ArtifactBody? artifact);
                return artifact?.Encode();
            case FederationTypes.Edge:
                _ = EdgeBody.TryRead(body, out EdgeBody? edge);
                return edge?.Encode();
            case FederationTypes.Receipt:
                _ = ReceiptBody.TryRead(body, out ReceiptBody? receipt);
                return receipt?.Encode();
            case FederationTypes.Tomb:
                _ = TombBody.TryRead(body, out TombBody? tomb);
                return tomb?.Encode();
            case FederationTypes.Lift:
                _ = LiftBody.TryRead(body, out LiftBody? lift);
                return lift?.Encode();
            default:
                _ = SnapBody.TryRead(body, out SnapBody? snap);
                return snap?.Encode();
        }
    }
}
