using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Node;
using P2P.Storage;

namespace P2P.Cli.Commands;

/// <summary><c>p2p store compact</c>: drops blocks that a snapshot has as well. Needs the folder for itself; no network.</summary>
internal static class CompactCommand
{
    public static Command Create(GlobalOptions options)
    {
        Argument<string> name = new Argument<string>("NAME") { Description = "Document inside the network." }.SuggestsDocuments(options);
        Option<string[]> peers = new("--held-by")
        {
            Description = "A peer that must have shown that it holds the snapshot. May be repeated.",
            HelpName = "PEER",
        };
        Option<bool> alone = new("--alone") { Description = "There is no such peer: this store will hold the only copy, in the snapshot." };
        Option<string?> snapshot = new("--snapshot") { Description = "The snapshot to go by; else the newest that will do.", HelpName = "CID" };
        Command compact = new("compact", "Drop blocks of events that a snapshot has as well; they are read from it. No node may be running on the folder.")
        {
            name, peers, alone, snapshot,
        };
        compact.SetAction((parsed, cancellationToken) =>
        {
            CompactionOptions what = new()
            {
                Peers = [.. (parsed.GetValue(peers) ?? []).Select(ReadPeer)],
                WithoutPeers = parsed.GetValue(alone),
                Snapshot = parsed.GetValue(snapshot) is string cid ? ReadSnapshot(cid) : default,
            };
            return RunAsync(options, parsed, parsed.GetRequiredValue(name), what, cancellationToken);
        });
        compact.Patiently(options, "the snapshot to be compared and blocks to be dropped");
        return compact;
    }

    private static async Task<int> RunAsync(GlobalOptions options, ParseResult parsed, string name, CompactionOptions what, CancellationToken cancellationToken)
    {
        P2POptions node = options.ToNodeOptions(parsed);
        string folder = options.DataDirectory(parsed);
        (Ticket ticket, bool isKnown) = DocumentNames.Find(folder, node.Network, name);
        Genesis genesis = ticket.Genesis;
        if (!isKnown)
        {
            // Opening a document registers it: a slip of the pen must leave nothing behind.
            throw new CliException(CliError.DocumentUnknown, $"There is no document '{Printable.Line(name)}' in {folder}.");
        }

        await using SqliteEventStore store = SqliteEventStore.Open(folder, node.Storage, SystemChance.Instance, PoolSpawner.Instance);
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = genesis, Store = store, TypeRules = DocumentRules.Create() }, cancellationToken);
        CompactionReport report = await Compactor.RunAsync(replica, what, cancellationToken);
        if (report.Refusal != CompactionRefusal.None)
        {
            throw new CliException(CliError.CompactionRefused, Why(report));
        }

        JsonObject fields = new()
        {
            ["name"] = name,
            ["document"] = genesis.Cid.ToString(),
            ["snapshot"] = report.Snapshot.ToString(),
            ["events"] = report.Events,
            ["bytes"] = report.Bytes,
            ["dataBytes"] = report.DataBytes,
        };
        options.OutputOf(parsed).Fact(
            "store.compacted",
            fields,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Events} blocks ({Sizes.Of(report.Bytes)}) dropped, read from snapshot {report.Snapshot} ({Sizes.Of(report.DataBytes)}) from now on; `p2p store gc --unpinned --compact` gives the space back"));
        return ExitCode.Ok;
    }

    private static string Why(CompactionReport report) => report.Refusal switch
    {
        CompactionRefusal.NoPeers => "Nobody is named whose copy is waited for: name peers (--held-by PEER), or say that there are none (--alone).",
        CompactionRefusal.NoSnapshot => "There is no such snapshot here: make one first (p2p snapshot create --with-data --doc NAME).",
        CompactionRefusal.Data => $"Snapshot {report.Snapshot} cannot be gone by: its data is not here whole ({report.Data}).",
        CompactionRefusal.NotAcknowledged =>
            $"Snapshot {report.Snapshot} is not known to be held by {string.Join(' ', report.Waiting)}: let the node sync with them (p2p up).",
        _ => $"Nothing was dropped: {report.Refusal}.",
    };

    private static PeerId ReadPeer(string text) => PeerId.TryParse(text, out PeerId peer) ? peer
        : throw new CliException(CliError.CompactionRefused, $"'{text}' is no peer id.");

    private static Cid ReadSnapshot(string text) => Cid.TryParse(text, out Cid cid) ? cid
        : throw new CliException(CliError.RecordUnknown, $"'{text}' is no CID.");
}
