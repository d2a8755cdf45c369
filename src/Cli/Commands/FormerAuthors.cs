using System.Globalization;
using P2P.Core.Identity;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary>Author keys of a data folder that were replaced: what people are told about them, and how one is named.</summary>
internal static class FormerAuthors
{
    public const string Name = "former";

    /// <summary>Why a key was replaced, as part of a sentence.</summary>
    public static string Why(AuthorRenewalReason reason) => reason switch
    {
        AuthorRenewalReason.FolderCopied => "this folder was restored, copied or moved",
        AuthorRenewalReason.UsedElsewhere => "it was used elsewhere (a disk that was rolled back, or two programs with one key)",
        AuthorRenewalReason.Exported => "it was exported",
        AuthorRenewalReason.Replaced => "another key was imported",
        AuthorRenewalReason.DocumentErased => "a document was deleted here and written in again, which has a key of its own",
        _ => "of a reason that a newer program knows",
    };

    /// <summary>When and why.</summary>
    public static string Describe(AuthorRenewal renewal) =>
        $"replaced on {renewal.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} because {Why(renewal.Reason)}";

    /// <summary>Prints the kept ones.</summary>
    /// <param name="store">Its store.</param>
    /// <param name="print">Prints a key; null when nobody asked for these.</param>
    /// <param name="output">For what is not data.</param>
    public static void Tell(StoreInspector store, Action<PeerId>? print, Output output)
    {
        foreach (AuthorRenewal renewal in print is null ? [] : Kept(store))
        {
            TextAuthor author = new(renewal.Author);
            print!(author.Id);
            output.Say($"           {author.Short} was {Describe(renewal)}");
        }
    }

    /// <summary>The one that a person means.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="text">Words or peer id.</param>
    /// <param name="saysYes">Whether a key that may be at work elsewhere is taken out all the same.</param>
    public static AuthorRenewal Find(string directory, string text, bool saysYes)
    {
        using StoreInspector? store = StoreInspector.Open(directory);
        AuthorRenewal[] meant =
            [.. (store is null ? [] : Kept(store)).Where(r => new TextAuthor(r.Author) is TextAuthor author && (author.Short == text || author.Id.ToString() == text))];
        if (meant.Length != 1)
        {
            throw new P2PException(
                meant.Length == 0 ? NodeError.NoStore : NodeError.InvalidOption,
                meant.Length == 0 ? $"'{text}' is neither identity nor author, nor a replaced author key that is kept in {directory}; p2p keys list names them."
                    : $"Several replaced author keys are called '{text}'; say the peer id, p2p keys list names them.");
        }

        return saysYes || meant[0].Reason is not (AuthorRenewalReason.FolderCopied or AuthorRenewalReason.UsedElsewhere) ? meant[0] : throw new P2PException(
            NodeError.InvalidOption,
            $"{text} was {Describe(meant[0])}. Two folders that write with it contradict each other, and others hide what they say. Say --yes when no other one does: the folder was moved, and the one before is gone.");
    }

    private static IEnumerable<AuthorRenewal> Kept(StoreInspector store) => store.ReadRenewals().Where(static r => r.IsKept);
}
