using System.Text.Json.Nodes;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T8: the fold in Node knows every record type, who may write and who signed: it hides, refuses and computes what the product does.</summary>
public sealed class IndependentRulesTests : IDisposable
{
    private static readonly Genesis s_list = Genesis.Create("test", "list", [new Author(0).Key]);

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-rules").FullName;
    private readonly List<string> _files = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NodeFact]
    public async Task A_universe_with_every_record_type_forks_and_removals_has_one_state_in_both_folds()
    {
        Everything all = new(s_list);
        Event[] events = [.. await all.WriteAsync()];
        ReplayResult expected = await ExportAsync(events);
        Assert.Equal(ReplayVerdict.Complete, expected.Verdict);
        JsonNode said = Assert.Single(await AskAsync());
        Assert.Equal((expected.FinalState.ToString(), expected.OrderHash.ToString(), expected.Count), ((string?)said["final_state"], (string?)said["order"], (ulong)said["n"]!));
        Assert.Equal(
            ["artifact", "edge", "forkproof", "grant", "lift", "note", "per", "snap", "tomb"],
            said["types"]!.AsObject().Select(static t => t.Key));
        Assert.Equal([Hex(all.Lie.Cid)], said["refuted"]!.AsArray().Select(static r => (string)r!));
        Assert.Equal((true, false), ((bool)said["snaps"]![Hex(all.Honest.Cid)]!, (bool)said["snaps"]![Hex(all.Liar.Cid)]!));
        Assert.Equal(events.Length - 2, expected.Order.Count); // the third branch of a forker, and what a removed writer wrote on
        Assert.DoesNotContain(all.Third.Cid, expected.Order);
        Assert.DoesNotContain(all.Unheard.Cid, expected.Order);
        Assert.Contains(all.Heard.Cid, expected.Order);
        Assert.Single(expected.Forks);
    }

    [NodeFact]
    public async Task Random_histories_with_removals_and_forks_have_the_same_states_in_both_folds()
    {
        List<ReplayResult> expected = [];
        int hidden = 0;
        for (ulong seed = 0; seed < 40; seed++)
        {
            SeededChance chance = new(seed);
            Event[] set = [.. IndependentFoldTests.Admitted(RandomRecords.Make(chance, 30 + chance.Below(50), 4, forks: seed % 3 == 0, s_list), s_list)];
            expected.Add(await ExportAsync(set));
            hidden += seed % 3 == 0 ? 0 : set.Length - (int)expected[^1].Count;
        }

        Assert.True(hidden > 20, $"Only {hidden} events are hidden by a removal: the histories test little.");
        JsonNode[] said = await AskAsync();
        Assert.Equal(expected.Count, said.Length);
        for (int i = 0; i < said.Length; i++)
        {
            Assert.Equal((i, ReplayVerdict.Complete), (i, expected[i].Verdict));
            Assert.Equal((i, expected[i].FinalState.ToString(), expected[i].OrderHash.ToString()), (i, (string?)said[i]["final_state"], (string?)said[i]["order"]));
        }
    }

    [NodeFact]
    public async Task What_no_replica_admits_both_folds_refuse_by_name()
    {
        List<ReplayResult> expected = [];
        foreach (Func<Writer, Writer, Event[], Event> mistake in Mistakes())
        {
            Writer owner = new(0, s_list);
            Event first = owner.Artifact("first");
            Event tomb = owner.Tomb(first);
            Event second = owner.Artifact("second");
            Event[] before = [first, tomb, second];
            expected.Add(await ExportAsync([.. before, mistake(owner, new Writer(7, s_list), before)]));
        }

        JsonNode[] said = await AskAsync();
        for (int i = 0; i < said.Length; i++)
        {
            Assert.Equal((i, ReplayVerdict.Invalid), (i, expected[i].Verdict));
            Assert.Equal((i, Hex(Assert.Single(expected[i].Refused).Event)), (i, Assert.Single(said[i]["refused"]!.AsArray().Select(static r => (string)r!))));
            Assert.Null(said[i]["final_state"]);
        }
    }

    [NodeFact]
    public async Task Who_has_seen_a_fork_and_cites_a_further_branch_is_refused_by_both_folds_and_who_has_not_is_heard_by_both()
    {
        Writer owner = new(0, s_list), forker = new(1, s_list), other = new(2, s_list);
        Event grant = owner.Grant([forker.Key, other.Key], []);
        Event common = forker.Artifact("common", grant);
        Event[] branches = [.. new[] { "left", "right", "third" }.Select(name =>
        {
            forker.Last = common;
            return forker.Artifact(name);
        })];
        Event seen = owner.Artifact("sees both", branches[0], branches[1]); // neither has the other's proof below its other links
        Event before = other.Artifact("sees the third only", branches[2]);
        Event[] events = [grant, common, .. branches, seen, before];
        ReplayResult heard = await ExportAsync(events);
        Event proof = owner.ForkProof(branches[0], branches[2]); // the third branch is new to it: a proof may name its own two
        ReplayResult proven = await ExportAsync([.. events, proof]);
        owner.Last = seen;
        Event breaks = owner.Artifact("cites the third", branches[2]);
        Event above = owner.Artifact("stands on it");
        ReplayResult refused = await ExportAsync([.. events, breaks, above]);

        JsonNode[] said = await AskAsync();
        Assert.Equal((ReplayVerdict.Complete, heard.FinalState.ToString()), (heard.Verdict, (string?)said[0]["final_state"]));
        Assert.Contains(branches[2].Cid, heard.Order);
        Assert.Equal((ReplayVerdict.Complete, proven.FinalState.ToString()), (proven.Verdict, (string?)said[1]["final_state"]));
        Assert.Equal([(breaks.Cid, InvalidReason.CitesFlagged), (above.Cid, InvalidReason.Ancestor)], refused.Refused);
        Assert.Equal(Names(refused), said[2]["refused"]!.AsArray().Select(static r => (string)r!));
        Assert.Null(said[2]["final_state"]);
    }

    [NodeFact]
    public async Task Random_histories_with_forks_that_are_cited_at_will_have_the_same_events_refused_in_both_folds()
    {
        List<ReplayResult> expected = [];
        for (ulong seed = 0; seed < 40; seed++)
        {
            SeededChance chance = new(seed);
            expected.Add(await ExportAsync([.. RandomRecords.Make(chance, 30 + chance.Below(50), 4, forks: true, seed % 2 == 0 ? s_list : null)]));
        }

        Assert.InRange(expected.Sum(static r => r.Refused.Count(static e => e.Reason == InvalidReason.CitesFlagged)), 20, int.MaxValue);
        Assert.Contains(expected, static r => r.Verdict == ReplayVerdict.Complete);
        JsonNode[] said = await AskAsync();
        for (int i = 0; i < said.Length; i++)
        {
            Assert.Equal((i, expected[i].State?.Hash().ToString()), (i, (string?)said[i]["final_state"]));
            Assert.Equal(Names(expected[i]), said[i]["refused"]!.AsArray().Select(static r => (string)r!));
        }
    }

    [NodeFact]
    public async Task A_bad_signature_is_refused_by_both_unless_the_author_went_on_from_it()
    {
        Writer owner = new(0, s_list);
        Event first = owner.Artifact("first");
        Event second = owner.Artifact("second");
        Event forged = Forge(second);
        ReplayResult refused = await ExportAsync([first, forged]);
        owner.Last = forged;
        Event third = owner.Artifact("third"); // signs over the forged one's name
        ReplayResult vouched = await ExportAsync([first, forged, third]);
        JsonNode[] said = await AskAsync();
        Assert.Equal((ReplayVerdict.Invalid, forged.Cid), (refused.Verdict, Assert.Single(refused.Refused).Event));
        Assert.Equal([Hex(forged.Cid)], said[0]["refused"]!.AsArray().Select(static r => (string)r!));
        Assert.Equal(ReplayVerdict.Complete, vouched.Verdict);
        Assert.Equal(vouched.FinalState.ToString(), (string?)said[1]["final_state"]);
    }

    private static IEnumerable<Func<Writer, Writer, Event[], Event>> Mistakes()
    {
        Cid raw = Cid.ForRaw("x"u8);
        yield return static (_, stranger, before) => stranger.Artifact("nobody let me in", before[2]);
        yield return static (owner, _, before) => owner.Write(FederationTypes.Tomb, new TombBody(before[1].Cid).Encode()); // a tomb of a tomb
        yield return static (owner, _, _) => owner.Write(FederationTypes.Tomb, new TombBody(Cid.ForDagCbor([1])).Encode());
        yield return static (owner, _, before) => owner.Write(FederationTypes.Lift, new LiftBody(before[2].Cid, [before[1].Cid]).Encode()); // of another target
        yield return static (owner, _, before) => owner.Write(
            FederationTypes.Snapshot, new SnapBody { Cut = [.. before[..2].Select(static e => e.Cid).Order()], Count = 1, State = EventDigest.Sha256([1]) }.Encode());
        yield return static (owner, _, _) => owner.Write(FederationTypes.Snapshot, new SnapBody { Cut = [Cid.ForDagCbor([1])], Count = 1, State = EventDigest.Sha256([1]) }.Encode());
        yield return static (owner, _, _) => owner.Write(FederationTypes.Artifact, (ArtifactBody.OfBytes("five!"u8.ToArray()) with { Size = 4 }).Encode());
        yield return static (owner, _, before) => owner.Write(
            FederationTypes.Edge, (EdgeBody.Of([before[0].Cid], [before[2].Cid], "next") with { Roles = [2, 2] }).Encode());
        yield return static (owner, _, before) => owner.Write(
            FederationTypes.Edge, (EdgeBody.Of([before[0].Cid, before[2].Cid], [before[2].Cid], "next") with { From = [before[0].Cid, before[0].Cid] }).Encode());
        ReceiptBody receipt = new() { Program = Cid.ForDagCbor([1]), Scheme = ProgramScheme.Pel1, Inputs = [new("Not a slot", raw)], Outputs = [], Status = 0, Gas = 0 };
        yield return (owner, _, _) => owner.Write(FederationTypes.Receipt, receipt.Encode());
        yield return static (owner, _, before) => owner.ForkProof(before[0], before[2]);
    }

    private static IEnumerable<string> Names(ReplayResult result) => result.Refused.Select(static r => Hex(r.Event)).Order(StringComparer.Ordinal);

    private static string Hex(Cid cid) => Convert.ToHexStringLower(cid.Bytes);

    // One bit of the signature, and the name that follows from it.
    private static Event Forge(Event source)
    {
        byte[] bytes = source.Bytes.ToArray();
        int at = bytes.AsSpan().IndexOf(source.Signature.Span);
        bytes[at] ^= 1;
        Assert.True(EventCodec.TryDecode(bytes, source.Document, out Event? forged, out _));
        return forged!;
    }

    // All heads, also those that nobody would show: the file then holds what is to be hidden.
    private async Task<ReplayResult> ExportAsync(Event[] events)
    {
        Cid[] heads = [.. events.Where(e => !events.Any(o => o.Previous == e.Cid || o.Dependencies.Concat(o.References).Contains(e.Cid))).Select(static e => e.Cid).Order()];
        MemoryContentSource source = States.Source(events);
        source.Add(s_list.Cid, s_list.Bytes);
        string path = Path.Combine(_folder, $"{_files.Count}.car");
        _files.Add(path);
        await using FileStream file = File.Create(path);
        await CarFile.WriteAsync(file, heads, ReplayCar.Collect(heads, source, out _), CancellationToken.None);
        return await Replayer.ReplayAsync(heads, source, new ReplayOptions { VerifySignatures = true });
    }

    private async Task<JsonNode[]> AskAsync() => [.. (await IndependentFoldTests.RunNodeAsync([.. _files])).Select(static l => JsonNode.Parse(l)!)];
}
