using P2P.Core.Runtime;
using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>What failures of a replica mean to whoever reads or writes a document of a node.</summary>
internal static class DocumentErrors
{
    /// <summary>Runs a call where loops run, with its failures translated.</summary>
    public static Task<T> RunAsync<T>(ISpawner spawner, Func<Task<T>> body) => spawner.StartWithinAsync(() => TellAsync(body));

    /// <summary>Runs a call with its failures translated.</summary>
    /// <exception cref="P2PException">It failed.</exception>
    public static async Task<T> TellAsync<T>(Func<Task<T>> body)
    {
        try
        {
            return await body();
        }
        catch (ReplicaException error)
        {
            throw Of(error);
        }
        catch (InvalidCursorException error)
        {
            throw new P2PException(NodeError.CursorInvalid, error.Message, error);
        }
        catch (StoreException error)
        {
            throw P2PException.Of(error);
        }
    }

    /// <summary>What the caller of an edit is told: his own mistake as it is, all else as what ended the document.</summary>
    public static Exception OfEdit(Exception error) => error is ArgumentException or P2PException ? error : Stopped(error);

    /// <summary>What ended a document's loop, told to whoever waits for it.</summary>
    public static P2PException Stopped(Exception error) =>
        new(error is ReplicaException failed ? Of(failed).Error : NodeError.StoreFailed, $"The document stopped: {error.Message}", error);

    private static P2PException Of(ReplicaException error) => error.Error switch
    {
        ReplicaError.Closed => new P2PException(NodeError.Stopped, "The document is closed: it was left or deleted, or the node stopped.", error),
        ReplicaError.NotAWriter or ReplicaError.ReadOnly => new P2PException(NodeError.NotAWriter, error.Message, error),
        ReplicaError.IdentityReuse or ReplicaError.Busy => new P2PException(NodeError.OwnEventsMissing, error.Message, error),
        ReplicaError.BadDraft or ReplicaError.DraftFailed => new P2PException(NodeError.InvalidOption, error.InnerException?.Message ?? error.Message, error),
        ReplicaError.StoreFailed when error.InnerException is StoreException store => P2PException.Of(store),
        _ => new P2PException(NodeError.StoreFailed, error.Message, error),
    };
}
