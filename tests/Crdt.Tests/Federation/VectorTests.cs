using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Tests.Replication;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// T2: the states of all 20 cuts of the eight-record universe, frozen. <see cref="IndependentFoldTests"/> has the fold in Node reach the same ones.
/// P2P_WRITE_VECTORS=1 writes the file anew: a change of it is a change of the format.
/// </summary>
public sealed class VectorTests
{
    private static readonly string s_path = Path.Combine(Require.Root, "tests", "Crdt.Tests", "Federation", "universe.vectors.json");
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    [Fact]
    public async Task The_states_of_all_cuts_of_the_universe_are_what_they_were_when_they_were_frozen()
    {
        Universe universe = new();
        JsonArray cuts = [];
        foreach (Event[] cut in universe.Cuts())
        {
            ReplayResult result = await States.FreshAsync(cut);
            cuts.Add(new JsonObject
            {
                ["events"] = string.Join(' ', cut.Select(e => Array.IndexOf(universe.All, e))),
                ["n"] = result.Count,
                ["state"] = result.FinalState.ToString(),
                ["order"] = result.OrderHash.ToString(),
            });
        }

        JsonObject vectors = new()
        {
            ["genesis"] = Convert.ToHexStringLower(Author.Genesis.Bytes.Span),
            ["events"] = new JsonArray([.. universe.All.Select(static e => JsonValue.Create(Convert.ToHexStringLower(e.Bytes.Span)))]),
            ["cuts"] = cuts,
        };
        string text = vectors.ToJsonString(s_indented).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("P2P_WRITE_VECTORS") == "1")
        {
            await File.WriteAllTextAsync(s_path, text);
        }

        Assert.Equal(await File.ReadAllTextAsync(s_path), text);
        Assert.Equal(20, cuts.Count);
    }

    [Fact]
    public async Task The_frozen_states_follow_from_the_frozen_bytes_alone()
    {
        JsonNode vectors = JsonNode.Parse(await File.ReadAllTextAsync(s_path))!;
        byte[][] blocks = [.. vectors["events"]!.AsArray().Select(static e => Convert.FromHexString((string)e!))];
        byte[] genesis = Convert.FromHexString((string)vectors["genesis"]!);
        foreach (JsonNode? cut in vectors["cuts"]!.AsArray())
        {
            MemoryContentSource source = new();
            source.Add(Cid.ForDagCbor(genesis), genesis);
            List<Event> events = [];
            foreach (byte[] block in ((string)cut!["events"]!).Split(' ').Select(i => blocks[int.Parse(i, System.Globalization.CultureInfo.InvariantCulture)]))
            {
                source.Add(Cid.ForDagCbor(block), block);
                Assert.True(EventCodec.TryDecode(block, Cid.ForDagCbor(genesis), out Event? decoded, out _));
                events.Add(decoded!);
            }

            IEnumerable<Cid> heads = events.Where(e => !events.Exists(o => o.Previous == e.Cid || o.Dependencies.Contains(e.Cid))).Select(static e => e.Cid);
            ReplayResult result = await Replayer.ReplayAsync(heads, source, new ReplayOptions { VerifySignatures = true });
            Assert.Equal(((string?)cut["state"], (string?)cut["order"], (ulong)cut["n"]!), (result.FinalState.ToString(), result.OrderHash.ToString(), result.Count));
        }
    }
}
