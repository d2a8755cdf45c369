using System.Diagnostics;
using System.Text.Json.Nodes;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T8: a fold in another runtime, written from the document, reads exported CAR files and reaches the same hashes.</summary>
public sealed class IndependentFoldTests
{
    private static readonly string s_installed = Path.Combine(Require.Root, "tests", "Interop", "js", "node_modules", "node", "bin", "node");

    [NodeFact]
    public async Task The_fold_in_Node_reaches_the_same_state_from_the_exported_files()
    {
        string folder = Directory.CreateTempSubdirectory("p2p-fold").FullName;
        try
        {
            List<(string Path, ReplayResult Expected)> cases = [];
            List<Event[]> sets = [.. new Universe().Cuts()];
            for (ulong seed = 0; seed < 40; seed++)
            {
                SeededChance chance = new(seed);
                sets.Add([.. RandomRecords.Make(chance, 20 + chance.Below(60), 3, forks: seed % 2 == 0)]);
            }

            sets.Add([.. RandomRecords.Make(new SeededChance(99), 300, 4, forks: false)]); // deep enough for inner trie nodes
            int receipts = 0;
            foreach (Event[] set in sets)
            {
                // Events no replica admits (they cite a hidden branch) are in no export either.
                Event[] admitted = [.. Admitted(set)];
                Cid[] heads = [.. admitted.Where(e => !admitted.Any(o => o.Previous == e.Cid || o.Dependencies.Contains(e.Cid))).Select(static e => e.Cid).Order()];
                MemoryContentSource source = States.Source(admitted);
                ReplayResult expected = await Replayer.ReplayAsync(heads, source);
                Assert.Equal(ReplayVerdict.Complete, expected.Verdict);
                receipts += expected.Refuted.Count;
                string path = Path.Combine(folder, $"{cases.Count}.car");
                await using (FileStream file = File.Create(path))
                {
                    await CarFile.WriteAsync(file, heads, ReplayCar.Collect(heads, source, out _), CancellationToken.None);
                }

                Assert.Equal(CarStatus.Valid, CarFile.TryRead(await File.ReadAllBytesAsync(path), out CarFile? car));
                Assert.Equal(expected.State, (await Replayer.ReplayAsync(car!.Roots, ReplayCar.Open(car))).State);
                cases.Add((path, expected));
            }

            Assert.True(receipts > 20, $"Only {receipts} receipts were refuted: the histories test little.");
            string[] lines = await RunNodeAsync([.. cases.Select(static c => c.Path)]);
            Assert.Equal(cases.Count, lines.Length);
            for (int i = 0; i < lines.Length; i++)
            {
                JsonNode said = JsonNode.Parse(lines[i])!;
                ReplayResult expected = cases[i].Expected;
                Assert.Equal((i, expected.FinalState.ToString()), (i, (string?)said["final_state"]));
                Assert.Equal(expected.OrderHash.ToString(), (string?)said["order"]);
                Assert.Equal(expected.Count, (ulong)said["n"]!);
                Assert.Equal(
                    expected.Refuted.Select(static r => Convert.ToHexStringLower(r.Receipt.Bytes)).Order(StringComparer.Ordinal),
                    said["refuted"]!.AsArray().Select(static r => (string)r!));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [NodeFact]
    public async Task The_fold_in_Node_names_the_same_missing_blocks_and_gives_no_state()
    {
        string folder = Directory.CreateTempSubdirectory("p2p-fold").FullName;
        try
        {
            Event[] set = [.. Admitted(RandomRecords.Make(new SeededChance(5), 40, 3, forks: true))];
            Cid[] heads = [.. set.Where(e => !set.Any(o => o.Previous == e.Cid || o.Dependencies.Contains(e.Cid))).Select(static e => e.Cid).Order()];
            IReadOnlyList<Block> whole = ReplayCar.Collect(heads, States.Source(set), out _);
            List<(string Path, string[] Missing)> cases = [];
            for (int hole = 1; hole < whole.Count; hole += 3)
            {
                Block[] blocks = [.. whole.Where((_, i) => i != hole && i != hole + 1)];
                string path = Path.Combine(folder, $"{hole}.car");
                await using (FileStream file = File.Create(path))
                {
                    await CarFile.WriteAsync(file, heads, blocks, CancellationToken.None);
                }

                Assert.Equal(CarStatus.Valid, CarFile.TryRead(await File.ReadAllBytesAsync(path), out CarFile? car));
                ReplayResult expected = await Replayer.ReplayAsync(heads, ReplayCar.Open(car!));
                Assert.Equal((ReplayVerdict.Incomplete, null), (expected.Verdict, expected.State));
                cases.Add((path, [.. expected.Missing.Select(static m => Convert.ToHexStringLower(m.Bytes))]));
            }

            string[] lines = await RunNodeAsync([.. cases.Select(static c => c.Path)]);
            Assert.Equal(cases.Count, lines.Length);
            for (int i = 0; i < lines.Length; i++)
            {
                JsonNode said = JsonNode.Parse(lines[i])!;
                Assert.Null(said["final_state"]);
                Assert.Equal(cases[i].Missing.Order(StringComparer.Ordinal), said["missing"]!.AsArray().Select(static m => (string)m!));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static IEnumerable<Event> Admitted(IReadOnlyList<Event> set, Genesis? genesis = null)
    {
        HashSet<Cid> refused = [.. VisibleSet.Of(genesis ?? Replication.Author.Genesis, set).Refused.Select(static r => r.Event)];
        return set.Where(e => !refused.Contains(e.Cid));
    }

    internal static async Task<string[]> RunNodeAsync(string[] files)
    {
        string node = File.Exists(s_installed) ? s_installed : "node";
        ProcessStartInfo start = new(node, [Path.Combine(Require.Root, "tests", "Interop", "fold", "fold.mjs"), .. files])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
