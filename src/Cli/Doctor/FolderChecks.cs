using System.Globalization;
using System.Runtime.InteropServices;
using P2P.Cli.Commands;
using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Node.Documents;
using P2P.Node.Identity;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Doctor;

/// <summary>What can be told from the program, the data folder and the clock, with or without a running node.</summary>
internal static class FolderChecks
{
    private static readonly TimeSpan s_clockSlack = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_renewedShown = TimeSpan.FromDays(30);

    public static CheckResult Runtime() => CheckResult.Ok(
        "runtime",
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, Ed25519 by {Ed25519.BackendName}, "
            + (CultureInfo.CurrentCulture.Name is { Length: > 0 } culture ? $"culture {culture}" : "invariant culture"));

    /// <summary>What a node could not even make a folder of; null when there is nothing to say.</summary>
    public static CheckResult? Folder(string directory) => File.Exists(directory)
        ? CheckResult.Problem("folder", $"{directory} is a file, not a folder", "Move it away, or choose another folder with --data.")
        : null;

    public static CheckResult Identity(string directory)
    {
        const string name = "identity";
        string path = Path.Combine(directory, IdentityFile.FileName);
        if (!File.Exists(path))
        {
            return CheckResult.Skipped(name, $"none yet in {directory}; the first start makes one");
        }

        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (!PrivateKey.TryRead(bytes, out PrivateKey? key) || key is null)
            {
                return CheckResult.Problem(name, $"{path} is no libp2p private key", "Restore the file, or move it away to start as a new peer.");
            }

            using (key)
            {
                Array.Clear(bytes);
                PeerId peer = key.PublicKey.PeerId;
                return CheckResult.Ok(name, $"{peer} ({path})");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return CheckResult.Problem(name, $"{path} cannot be read: {error.Message}", "Run as the user who owns the data folder, or choose another with --data.");
        }
    }

    /// <summary>Whether only its owner can open the folder, the keys and the store, which holds the author key.</summary>
    public static CheckResult Privacy(string directory)
    {
        const string name = "privacy";
        try
        {
            IReadOnlyList<string> open = PrivateFolder.OpenToOthers(directory);
            return !Directory.Exists(directory) ? CheckResult.Skipped(name, $"no folder {directory} yet")
                : open.Count == 0 ? CheckResult.Ok(name, $"only its owner can open {directory}")
                : CheckResult.Problem(name, $"others on this machine can open {string.Join(", ", open)}; keys lie there", $"chmod go= {string.Join(' ', open)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return CheckResult.Problem(name, $"{directory} cannot be looked at: {error.Message}", "Run as the user who owns the data folder, or choose another with --data.");
        }
    }

    /// <summary>Store, author key and forks.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="options">Quota and reserves of the node that runs there, or of the one that this program would start.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<CheckResult>> StoreAsync(string directory, StorageOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using StoreInspector? inspector = StoreInspector.Open(directory, options);
            if (inspector is null)
            {
                return [LostStore.In(directory) is string lost ? CheckResult.Problem("store", lost, LostStore.Next) : CheckResult.Skipped("store", $"none yet in {directory}")];
            }

            StoreStatistics counts = inspector.Read();
            StoreReport report = await inspector.VerifyAsync(cancellationToken);
            return [Sound(counts, report), Author(counts, inspector.ReadRenewals()), Forks(counts), Space(counts, options)];
        }
        catch (StoreException error)
        {
            return [CheckResult.Problem("store", error.Message, error.Error == StoreError.NewerSchema ? "Use the newer program." : "p2p store verify names what is wrong; docs/durability.md says how to restore.")];
        }
    }

    /// <summary>Whether this machine's clock stands before times that are in the store already.</summary>
    public static CheckResult Clock(string directory, DateTimeOffset now)
    {
        const string name = "clock";
        try
        {
            using StoreInspector? inspector = StoreInspector.Open(directory);
            ulong newest = inspector?.Read().Documents.Select(static d => d.NewestAt).DefaultIfEmpty().Max() ?? 0;
            double ahead = (newest / 1000.0) - (now.ToUnixTimeMilliseconds() / 1000.0);
            return ahead <= s_clockSlack.TotalSeconds
                ? CheckResult.Ok(name, $"{now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}; no event claims a later time")
                : CheckResult.Problem(
                    name,
                    Text($"an event claims a time {ahead:0} s ahead of this clock; order and merging do not depend on it, shown times do"),
                    "Set this clock (timedatectl status), or tell the author whose clock is ahead.");
        }
        catch (StoreException)
        {
            return CheckResult.Skipped(name, "the store cannot be read");
        }
    }

    private static CheckResult Sound(StoreStatistics counts, StoreReport report)
    {
        string text = Text($"{NodeFacts.Count(report.Events, "event")} in {NodeFacts.Count(report.Documents, "document")}, {report.Held} waiting for links, {NodeFacts.Count(report.Blocks, "block")} hashed");
        return report.ProblemCount > 0 ? CheckResult.Problem("store", Text($"{text}; {NodeFacts.Count(report.ProblemCount, "problem")}: {report.Problems[0].Text}"), "p2p store verify names them; docs/durability.md says how to restore.")
            : report.MissingCount > 0 ? CheckResult.Problem("store", Text($"{text}; {NodeFacts.Count(report.MissingCount, "block")} missing"), "Start the node where it reaches peers: p2p up. They are fetched by name.")
            : CheckResult.Ok("store", $"{text}; all hashes, heads and newest signatures are right{(counts.ClosedCleanly || counts.HolderPid != 0 ? string.Empty : "; not closed cleanly, the next start checks it")}");
    }

    private static CheckResult Author(StoreStatistics counts, IReadOnlyList<AuthorRenewal> renewals) => counts.MarkerAgrees
        ? CheckResult.Ok("author", $"{counts.Author}; the generation marker agrees{Renewed(renewals)}")
        : CheckResult.Problem("author", $"{counts.Author}; the folder was copied or moved, or the database restored", "Nothing to do: the next start makes a new author key. With a writer list that key needs a grant.");

    // For a month: whoever finds out later that he may not write somewhere any more asks for the reason.
    private static string Renewed(IReadOnlyList<AuthorRenewal> renewals) =>
        renewals.FirstOrDefault(static r => r.Document.IsNone) is AuthorRenewal renewal && SystemTime.Provider.GetUtcNow() - renewal.At < s_renewedShown
            ? $"; the key before, {new TextAuthor(renewal.Author)}, was {FormerAuthors.Describe(renewal)}{(renewal.IsKept ? ", and is kept: p2p keys list" : string.Empty)}"
            : string.Empty;

    private static CheckResult Forks(StoreStatistics counts)
    {
        string[] forked = [.. counts.Documents.Where(static d => d.Forks > 0).Select(static d => Text($"{Printable.Line(d.Name)} ({d.Forks})"))];
        return forked.Length == 0
            ? CheckResult.Ok("forks", "no author is known to have forked")
            : CheckResult.Problem("forks", $"authors wrote two events under one number in: {string.Join(", ", forked)}", "Their events that nobody cited stay hidden. p2p clock show NAME shows the two sides.");
    }

    private static CheckResult Space(StoreStatistics counts, StorageOptions options)
    {
        string text = $"{Sizes.Of(counts.DiskFreeBytes)} free, {Sizes.Of(counts.DatabaseBytes + counts.LogBytes)} used of a quota of {Sizes.Of(options.QuotaBytes)}";
        return counts.Room switch
        {
            StoreRoom.Everyone => CheckResult.Ok("disk", text),
            StoreRoom.OwnOnly => CheckResult.Problem("disk", $"{text}: the quota or the reserve is used up, events of others wait", "Start the node, which drops what can be fetched again (p2p up); or free space, p2p store unpin what need not stay, p2p store gc --unpinned --compact, or raise Storage:QuotaBytes."),
            _ => CheckResult.Problem("disk", $"{text}: nothing can be written", "Free space on the disk; writing resumes by itself."),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
