using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Cli.Commands;
using P2P.Storage.Inspection;

namespace P2P.Cli.Federation;

/// <summary>
/// Which document a federation verb means: the one that <c>--doc</c> names; without it the one that holds the CID of the command, else the only one of
/// the folder, else the only one with federation records.
/// </summary>
internal static class DocumentChoice
{
    private const int NamesMax = 20;

    /// <param name="place">Data folder and network.</param>
    /// <param name="text">What <c>--doc</c> said; null when nothing.</param>
    /// <param name="named">CIDs of the command line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CliException">None, or several; they are named.</exception>
    public static async Task<Genesis> FindAsync((string Folder, string Network) place, string? text, IReadOnlyList<Cid> named, CancellationToken cancellationToken)
    {
        if (text is not null)
        {
            return DocumentNames.Find(place.Folder, place.Network, text).Ticket.Genesis;
        }

        Genesis[] held = [.. DocumentNames.Held(place.Folder).Where(g => g.Network == place.Network)];
        if (held.Length == 0)
        {
            throw new CliException(CliError.DocumentUnknown, $"There is no document of network {place.Network} in {place.Folder}.");
        }

        Genesis[] fitting = held.Length == 1 ? held : await FittingAsync(place.Folder, held, named, cancellationToken);
        return fitting.Length == 1 ? fitting[0]
            : fitting.Length == 0 && named.Count > 0 ? throw new CliException(CliError.RecordUnknown, $"None of the {held.Length} documents here holds {named[0]}.")
            : throw new CliException(CliError.DocumentMissing, $"Say which document (--doc NAME) or file (--car FILE). Here are: {List(fitting.Length > 0 ? fitting : held)}");
    }

    private static async Task<Genesis[]> FittingAsync(string folder, Genesis[] held, IReadOnlyList<Cid> named, CancellationToken cancellationToken)
    {
        using StoreReader? reader = StoreReader.Open(folder);
        List<Genesis> fitting = [];
        foreach (Genesis one in held)
        {
            List<Event> events = [];
            if (reader is not null)
            {
                await foreach (ReadOnlyMemory<byte> block in reader.ReadEventsAsync(one.Cid, cancellationToken))
                {
                    if (EventCodec.TryDecode(block, one.Cid, out Event? found, out _))
                    {
                        events.Add(found!);
                    }
                }
            }

            if (named.Count == 0 ? events.Exists(static e => IsRecord(e.Type)) : named.Any(cid => Holds(events, cid)))
            {
                fitting.Add(one);
            }
        }

        return [.. fitting];
    }

    private static bool IsRecord(string type) =>
        type is FederationTypes.Artifact or FederationTypes.Edge or FederationTypes.Receipt or FederationTypes.Snapshot;

    private static bool Holds(List<Event> events, Cid cid)
    {
        MemoryContentSource source = new();
        source.Add(events);
        return Provenance.Of(cid, events, source).IsKnown || events.Exists(e => ReplayCar.DataOf(e).Contains(cid));
    }

    private static string List(Genesis[] documents) => string.Join(", ", documents.Take(NamesMax).Select(d =>
        documents.Count(other => other.Name == d.Name) == 1 ? Printable.Line(d.Name) : $"{Printable.Line(d.Name)} ({d.Cid})"))
        + (documents.Length > NamesMax ? $" and {documents.Length - NamesMax} more" : string.Empty);
}
