using System.Text.Json.Nodes;
using P2P.Cli.Commands;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Files;

namespace P2P.Cli.Files;

/// <summary>Adding and getting, as several verbs do it.</summary>
internal static class FileJobs
{
    private static readonly TimeSpan s_stall = TimeSpan.FromSeconds(30);

    /// <summary>A path of the command line, made absolute; <c>-</c> is standard input.</summary>
    /// <exception cref="CliException">Nothing is there.</exception>
    public static string Require(CommandContext context, string path)
    {
        string full = context.PathOf(path);
        return path == "-" || Path.Exists(full) ? full : throw new CliException(CliError.FileUnreadable, $"'{path}' is not there.");
    }

    /// <summary>Adds a file or folder; <c>-</c> is standard input.</summary>
    public static async Task<(Cid Cid, string Name, long Bytes)> AddAsync(Session session, string path, CancellationToken cancellationToken)
    {
        string full = Require(session.Context, path);
        string name = path == "-" ? "stdin" : Path.GetFileName(Path.TrimEndingDirectorySeparator(full));
        await using TransferView view = new(session, path == "-" ? "standard input" : name, isFromPeers: false);
        Cid cid = path == "-"
            ? await session.Node.Blocks.AddFileAsync(session.Context.OpenInput(), view, cancellationToken)
            : await session.Node.Blocks.AddFileAsync(full, view, cancellationToken);
        return (cid, name, view.Last?.Bytes ?? 0);
    }

    /// <summary>Gets a file or directory to a path, or to standard output when there is none.</summary>
    public static async Task<int> GetAsync(Session session, CidPath what, (string? Path, bool Replace) to, CancellationToken cancellationToken)
    {
        GetFileOptions options = new() { StallLimit = session.Timeout ?? s_stall, Replace = to.Replace };
        Cid cid = what.Root;
        try
        {
            FileReport report;
            await using (TransferView view = new(session, what.ToString(), mayUseOutput: to.Path is not null))
            {
                cid = what.Path.Length == 0 ? what.Root : await session.Node.Blocks.ResolveAsync(what.Root, what.Path, options, cancellationToken);
                report = to.Path is string path
                    ? await session.Node.Blocks.GetFileAsync(cid, session.Context.PathOf(path), options, view, cancellationToken)
                    : await WriteOutAsync(session, cid, options, view, cancellationToken);
            }

            Tell(session, report, to.Path);
            return ExitCode.Ok;
        }
        catch (P2PException error) when (error.Error is NodeError.ContentUnavailable or NodeError.NoPeers && error.Missing.Count > 0)
        {
            await ListMissingAsync(session, cid, cancellationToken);
            throw;
        }
        catch (OperationCanceledException)
        {
            session.Output.Say("stopped; what arrived is kept, the same command goes on from there");
            throw;
        }
    }

    /// <summary>An argument as a shell takes it.</summary>
    public static string Quote(string text) =>
        text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '+') && !text.StartsWith('-')
            ? text
            : $"'{(text.StartsWith('-') ? "./" : string.Empty)}{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static async Task<FileReport> WriteOutAsync(Session session, Cid cid, GetFileOptions options, TransferView view, CancellationToken cancellationToken)
    {
        await using Stream output = session.Context.OpenShown();
        return await session.Node.Blocks.GetFileAsync(cid, output, options, view, cancellationToken);
    }

    private static void Tell(Session session, FileReport report, string? path)
    {
        JsonObject fields = new()
        {
            ["cid"] = report.Cid.ToString(),
            ["bytes"] = report.Bytes,
            ["destination"] = path is null ? null : session.Context.PathOf(path),
            ["directory"] = report.IsDirectory,
            ["blocksFetched"] = report.BlocksFetched,
            ["blocksHeld"] = report.BlocksHeld,
            ["bytesFetched"] = report.BytesFetched,
        };
        if (path is not null)
        {
            session.Output.Fact("file.got", fields, null);
        }

        string held = report.BytesFetched == 0 ? ", all of it was here" : report.BlocksHeld > 1 ? $", {Sizes.Of(report.BytesFetched)} of it fetched, the rest was here" : string.Empty;
        session.Output.Say($"{(path is null ? report.Cid.ToString() : path)}  {Sizes.Of(report.Bytes)}  verified{held}");
    }

    private static async Task ListMissingAsync(Session session, Cid cid, CancellationToken cancellationToken)
    {
        FileStat stat = await session.Node.Blocks.StatAsync(cid, cancellationToken);
        session.Output.Say($"incomplete: {stat.BlocksHeld} of {stat.Blocks} known blocks are here ({Sizes.Of(stat.BytesHeld)})");
        foreach (Cid missing in stat.Missing)
        {
            session.Output.Fact("missing", new JsonObject { ["cid"] = missing.ToString() }, null);
            session.Output.Say($"  missing {missing}");
        }
    }
}
