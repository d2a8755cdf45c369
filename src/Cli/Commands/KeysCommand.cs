using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Identity;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary>
/// <c>p2p keys …</c>. A data folder has two keys: <c>identity</c> (who the node is on the network) and <c>author</c> (who signs its events). Secrets come
/// from the terminal or a file, never from an argument.
/// </summary>
internal static class KeysCommand
{
    private const string Identity = "identity";
    private const string Author = "author";

    public static Command Create(GlobalOptions options)
    {
        Command command = new("keys", "The two keys of a data folder: identity and author. Make, show, export, import.");
        Command list = new("list", "Both keys, as peer id, did:key and base36.");
        list.SetAction(parsed => List(options, parsed, null));
        Argument<string> which = Which();
        Command show = new("show", "One of them.") { which };
        show.SetAction(parsed => List(options, parsed, parsed.GetRequiredValue(which)));
        command.Subcommands.Add(list);
        command.Subcommands.Add(show);
        command.Subcommands.Add(New(options));
        command.Subcommands.Add(Export(options));
        command.Subcommands.Add(Import(options));
        return command;
    }

    private static Command New(GlobalOptions options)
    {
        Argument<string> name = new("NAME") { Description = "What you call it." };
        Option<string> file = new("--out") { Description = "File to write, sealed with the passphrase; must not exist.", HelpName = "FILE", Required = true };
        Option<string?> passphrase = Passphrase();
        Command command = new("new", "Make a key in a sealed file; `keys import FILE` puts it into a data folder.") { name, file, passphrase };
        command.SetAction(async (parsed, token) =>
        {
            if (string.IsNullOrWhiteSpace(parsed.GetRequiredValue(name)))
            {
                throw new CliException(CliError.NameMissing, "A key needs a name, such as ops.");
            }

            string path = options.Context.PathOf(parsed.GetRequiredValue(file));
            string secret = await ReadPassphraseAsync(options, parsed.GetValue(passphrase), twice: true, token);
            Print(options.OutputOf(parsed), parsed.GetRequiredValue(name), NodeKeys.CreateIdentity(path, secret), path);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Export(GlobalOptions options)
    {
        Argument<string> which = new("KEY") { Description = "identity, author, or the words or peer id of an author key that was replaced (`keys list`)." };
        which.CompletionSources.Add(Identity, Author);
        Option<string> file = new("--out") { Description = "File to write; must not exist.", HelpName = "FILE", Required = true };
        Option<string?> passphrase = Passphrase();
        Command command = new("export", "Write a key to a file sealed with a passphrase. Exporting the author key retires it here.") { which, file, passphrase };
        command.SetAction(async (parsed, token) =>
        {
            string path = options.Context.PathOf(parsed.GetRequiredValue(file));
            string directory = options.DataDirectory(parsed);
            string key = parsed.GetRequiredValue(which);
            AuthorRenewal? former = key is Identity or Author ? null : FormerAuthors.Find(directory, key, parsed.GetValue(options.Yes));
            string secret = await ReadPassphraseAsync(options, parsed.GetValue(passphrase), twice: true, token);
            Output output = options.OutputOf(parsed);
            if (key == Identity)
            {
                Print(output, Identity, NodeKeys.ExportIdentity(directory, path, secret), path);
                output.Say($"on the other machine: p2p keys import {path}");
                return ExitCode.Ok;
            }

            if (former is not null)
            {
                TextAuthor kept = new(former.Author);
                NodeKeys.ExportFormer(directory, kept, path, secret);
                Print(output, FormerAuthors.Name, kept.Id, path);
            }
            else
            {
                (TextAuthor exported, TextAuthor now) = NodeKeys.ExportAuthor(directory, path, secret);
                Print(output, Author, exported.Id, path);
                output.Say($"this folder writes as {now.Short} ({now.Id}) from now on; in a document with a list of writers that key needs a grant");
            }

            output.Say($"where it is to write: p2p keys import {path} --as author");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Import(GlobalOptions options)
    {
        Argument<string> file = new("FILE") { Description = "A file of `keys export` or `keys new`." };
        Option<string?> role = new("--as") { Description = "identity or author; else what the file says that it is.", HelpName = "KEY" };
        role.AcceptOnlyFromAmong(Identity, Author);
        Option<string?> passphrase = Passphrase();
        Command command = new("import", "Take a key from a sealed file into the data folder; exit 6 when the passphrase is wrong. --yes replaces an author key that has written.") { file, role, passphrase };
        command.SetAction(async (parsed, token) =>
        {
            string path = options.Context.PathOf(parsed.GetRequiredValue(file));
            NodeKeys.CheckFile(path); // before anybody types a passphrase for something else
            string secret = await ReadPassphraseAsync(options, parsed.GetValue(passphrase), twice: false, token);
            Output output = options.OutputOf(parsed);
            KeyFileRole says = NodeKeys.RoleOf(path, secret);
            string? to = parsed.GetValue(role) ?? (says == KeyFileRole.Identity ? Identity : says == KeyFileRole.Author ? Author : null);
            if (to is null)
            {
                output.Error("usage", $"{path} does not say which key it holds: an older program wrote it. Nothing was imported.", "Say it: --as identity, or --as author.");
                return ExitCode.Usage;
            }

            return to == Identity ? ImportIdentity(output, options.DataDirectory(parsed), path, secret) : ImportAuthor(output, options.DataDirectory(parsed), path, secret, parsed.GetValue(options.Yes));
        });
        return command;
    }

    private static int ImportIdentity(Output output, string directory, string path, string secret)
    {
        Print(output, Identity, NodeKeys.ImportIdentity(directory, path, secret, out string? former), null);
        if (former is not null)
        {
            output.Say($"the identity of before is in {former}");
        }

        return ExitCode.Ok;
    }

    private static int ImportAuthor(Output output, string directory, string path, string secret, bool replace)
    {
        Print(output, Author, NodeKeys.ImportAuthor(directory, path, secret, replace, out TextAuthor? former).Id, null);
        if (former is TextAuthor kept)
        {
            output.Say($"the author key of before, {kept.Short} ({kept.Id}), is kept in the store: p2p keys export {kept.Id} --out FILE takes it out");
        }

        return ExitCode.Ok;
    }

    private static int List(GlobalOptions options, ParseResult parsed, string? which)
    {
        Output output = options.OutputOf(parsed);
        string directory = options.DataDirectory(parsed);
        int found = 0;
        string path = Path.Combine(directory, IdentityFile.FileName);
        if (which is null or Identity && File.Exists(path))
        {
            using PrivateKey key = IdentityFile.LoadOrCreate(directory, SystemChance.Instance);
            Print(output, Identity, key.PublicKey.PeerId, path);
            found++;
        }

        using StoreInspector? store = which is null or Author ? StoreInspector.Open(directory) : null;
        if (store?.Read().Author is PeerId { IsNone: false } author)
        {
            Print(output, Author, author, store.Path);
            found++;
            FormerAuthors.Tell(store, which is null ? peer => Print(output, FormerAuthors.Name, peer, store.Path) : null, output);
        }

        return found > 0 ? ExitCode.Ok : throw new P2PException(NodeError.NoStore, $"There is no {which ?? "key"} in {directory} yet; p2p init makes {(which is null ? "both" : "it")}.");
    }

    private static void Print(Output output, string name, PeerId peer, string? file)
    {
        string base36 = Multibase.Encode(MultibaseEncoding.Base36, Cid.V1(Cid.Libp2pKeyCodec, Hash(peer)).Bytes);
        string? did = DidKey(peer);
        JsonObject fields = new()
        {
            ["name"] = name,
            ["peer"] = peer.ToString(),
            ["words"] = PeerNames.Of(peer),
            ["did"] = did,
            ["base36"] = base36,
            ["file"] = file,
        };
        output.Fact("key", fields, $"{name,-10} {PeerNames.Of(peer)}   {peer}\n           {did ?? "(no did:key: the id is a hash)"}\n           {base36}{(file is null ? string.Empty : $"\n           {file}")}");
    }

    private static Multihash Hash(PeerId peer) => Multihash.TryRead(peer.Bytes, out Multihash hash, out _) ? hash : default;

    private static string? DidKey(PeerId peer) => peer.TryGetPublicKey(out PublicKey? key) && key is { Type: KeyType.Ed25519 }
        ? $"did:key:{Multibase.Encode(MultibaseEncoding.Base58Btc, [0xed, 0x01, .. key.Data.Span])}" // multicodec ed25519-pub as a varint
        : null;

    private static Argument<string> Which()
    {
        Argument<string> which = new("KEY") { Description = "identity or author." };
        which.AcceptOnlyFromAmong(Identity, Author);
        return which;
    }

    private static Option<string?> Passphrase() => new("--passphrase-file") { Description = "File whose first line is the passphrase, - for standard input; else it is asked for.", HelpName = "FILE" };

    private static async Task<string> ReadPassphraseAsync(GlobalOptions options, string? file, bool twice, CancellationToken cancellationToken)
    {
        CommandContext context = options.Context;
        if (file is not null)
        {
            byte[] bytes = await InputFile.ReadAsync(file == "-" ? file : context.PathOf(file), 1 << 16, cancellationToken);
            return Encoding.UTF8.GetString(bytes).Split('\n')[0].TrimEnd('\r');
        }

        if (!context.Terminal.HasFlag(TerminalUse.Input))
        {
            throw new CliException(CliError.FileUnreadable, "There is no terminal to ask for the passphrase: give --passphrase-file FILE, or - for standard input.");
        }

        string secret = await AskAsync(context, "Passphrase: ", cancellationToken);
        return !twice || await AskAsync(context, "Again: ", cancellationToken) == secret ? secret : throw new CliException(CliError.FileUnreadable, "The two passphrases differ; nothing was written.");
    }

    // On a thread of its own: nothing ends a read of a key but a key, and Ctrl-C must.
    private static async Task<string> AskAsync(CommandContext context, string prompt, CancellationToken cancellationToken)
    {
        context.Errors.Write(prompt);
        try
        {
            return await PoolSpawner.Instance.StartAsync(static () => Task.FromResult(ReadKeys())).OrCanceledAsync(cancellationToken);
        }
        finally
        {
            context.Errors.WriteLine();
        }
    }

    private static string ReadKeys()
    {
        StringBuilder typed = new();
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
