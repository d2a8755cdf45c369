using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dashboard.Api;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Feed;

/// <summary>What has happened in the open documents between two looks, in the words of <c>--json</c> (<c>docs/schema/lines.json</c>). One owner.</summary>
/// <param name="note">Told type and fields of each.</param>
internal sealed class DocumentWatch(Action<string, JsonObject> note)
{
    /// <summary>Events of one document in one look; beyond, their number is said instead.</summary>
    private const int EventsShownMax = 20;

    private readonly Dictionary<Cid, long> _applied = [];

    /// <summary>Notes what is new in these documents, and forgets those that are not open any more.</summary>
    public async Task LookAsync(IReadOnlyList<TextDocument> documents, CancellationToken cancellationToken)
    {
        foreach (Cid gone in _applied.Keys.Except(documents.Select(static document => document.Id)).ToArray())
        {
            _applied.Remove(gone);
        }

        foreach (TextDocument document in documents)
        {
            try
            {
                await LookAsync(document, cancellationToken);
            }
            catch (Exception error) when (error is P2PException or ReplicaException or StoreException)
            {
                // Closed meanwhile, or its store failed: that ends its lines, not those of others.
            }
        }
    }

    private async Task LookAsync(TextDocument document, CancellationToken cancellationToken)
    {
        long applied = document.Status.AppliedCount;
        if (!_applied.TryGetValue(document.Id, out long before))
        {
            _applied[document.Id] = applied;
            note("opened", Opened(document));
        }
        else if (applied > before)
        {
            _applied[document.Id] = applied;
            EventQuery query = new() { ArrivalMin = applied - Math.Min(applied - before, EventsShownMax), ArrivalMax = applied - 1, Limit = EventsShownMax };
            if (applied - before > EventsShownMax)
            {
                note("events", new JsonObject { ["name"] = document.Name, ["document"] = document.Id.ToString(), ["count"] = applied - before - EventsShownMax });
            }

            foreach (Event item in (await document.Replica.QueryAsync(query, cancellationToken)).Events)
            {
                note("event", Describe(document, item));
            }
        }
    }

    private static JsonObject Opened(TextDocument document)
    {
        ReplicaStatus status = document.Status;
        return new JsonObject
        {
            ["name"] = document.Name,
            ["document"] = document.Id.ToString(),
            ["events"] = status.AppliedCount,
            ["heads"] = status.Heads.Count,
            ["frontier"] = status.FrontierHash.ToString(),
            ["sync"] = status.SyncState switch
            {
                SyncState.Confirmed => "confirmed",
                SyncState.Syncing => "syncing",
                SyncState.Stalled => "stalled",
                _ => "alone",
            },
            ["confirmedBy"] = status.ConfirmedBy,
            ["missing"] = status.MissingCount,
            ["followers"] = document.Followers.Count,
            ["forks"] = status.Forks.Count,
            ["confirmed"] = status.IsConfirmed,
        };
    }

    private static JsonObject Describe(TextDocument document, Event item)
    {
        TextAuthor author = new(item.Author);
        return new JsonObject
        {
            ["name"] = document.Name,
            ["document"] = document.Id.ToString(),
            ["event"] = item.Cid.ToString(),
            ["author"] = author.Id.ToString(),
            ["authorName"] = author.Short,
            ["seq"] = item.Sequence,
            ["height"] = item.Height,
            ["eventType"] = item.Type,
            ["claimedAt"] = ClaimedTime.Of(item) is DateTimeOffset at ? JsonAnswer.Time(at) : null,
            ["links"] = JsonAnswer.Array(ClockPicture.Links(item), JsonAnswer.Text),
        };
    }
}
