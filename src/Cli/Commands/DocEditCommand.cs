using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p doc edit NAME</c>: the document in the user's editor; what was changed there is rebased onto what arrived meanwhile.</summary>
internal static class DocEditCommand
{
    private static readonly TimeSpan s_news = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_deliver = TimeSpan.FromSeconds(10);
    private static readonly UTF8Encoding s_text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Create(GlobalOptions options)
    {
        Argument<string> name = new Argument<string>("NAME") { Description = "Name of the document inside the network, its id, or a ticket." }.SuggestsDocuments(options);
        Command command = new("edit", "Edit a document in $VISUAL, $EDITOR or vi; others may write meanwhile.") { name };
        command.RunsOnNode(options, (session, parsed, token) => RunAsync(session, parsed.GetRequiredValue(name), token));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string name, CancellationToken cancellationToken)
    {
        TextDocument document = await session.OpenDocumentAsync(name, cancellationToken);
        await DocumentKinds.RequireTextAsync(session, document.Replica, cancellationToken);
        await session.WithinAsync(s_news, document.WaitForSyncAsync, cancellationToken);
        TextSnapshot before = document.Snapshot;
        string folder = Directory.CreateTempSubdirectory("p2p-edit-").FullName; // only this user reads it
        string file = Path.Combine(folder, FileName(document.Name));
        bool isWritten = false;
        try
        {
            await File.WriteAllTextAsync(file, before.Text, s_text, cancellationToken);
            int code = await session.Context.EditAsync(file, cancellationToken);
            if (code != 0)
            {
                throw new CliException(CliError.EditorFailed, $"The editor ended with {code}; nothing was changed.");
            }

            isWritten = true;
            string after = await ReadAsync(file, cancellationToken);
            int applied = await ApplyAsync(session, document, before, after, cancellationToken);
            isWritten = false;
            return applied;
        }
        finally
        {
            if (isWritten && File.Exists(file))
            {
                session.Output.Say($"what you wrote is kept in {file}"); // it may be an hour's work
            }
            else
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, cancellationToken);
            ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble; // some editors put it in front
            return s_text.GetString(bytes.AsSpan().StartsWith(mark) ? bytes.AsSpan(mark.Length) : bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new CliException(
                CliError.InputNotText, $"The editor saved {file} in another encoding than UTF-8: nothing was changed, and the file is kept. Save it as UTF-8 and append or paste it again.", error);
        }
        catch (FileNotFoundException error)
        {
            throw new CliException(CliError.EditorFailed, $"The editor removed {file}: nothing was changed.", error);
        }
    }

    private static async Task<int> ApplyAsync(Session session, TextDocument document, TextSnapshot before, string after, CancellationToken cancellationToken)
    {
        IReadOnlyList<TextSplice> splices = LineDiff.Between(before.Text, after);
        foreach (TextSplice splice in splices)
        {
            await document.ReplaceAsync(splice.Offset, splice.Removed, splice.Inserted, before.Version, cancellationToken);
        }

        await document.FlushAsync(cancellationToken);
        bool delivered = splices.Count == 0
            || await session.WithinAsync(session.DeliveryLimit(document.Id, s_deliver), document.WaitForDeliveryAsync, cancellationToken, "a peer to take the change (it is stored)");
        JsonObject fields = new()
        {
            ["name"] = document.Name,
            ["document"] = document.Id.ToString(),
            ["splices"] = splices.Count,
            ["removed"] = splices.Sum(static s => s.Removed),
            ["inserted"] = splices.Sum(static s => s.Inserted.Length),
            ["delivered"] = delivered,
        };
        session.Output.Fact("edited", fields, splices.Count == 0 ? "nothing was changed"
            : $"{NodeFacts.Count(splices.Count, "place")} changed, stored{(delivered ? " and delivered" : $"; {session.Undelivered}")}");
        return ExitCode.Ok;
    }

    /// <summary>A name that any file system takes; the ending tells editors that it is text.</summary>
    private static string FileName(string name) =>
        string.Concat(name.Take(40).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')) + (Path.HasExtension(name) ? string.Empty : ".txt");
}
