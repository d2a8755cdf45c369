using P2P.Core.Blocks;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Node.Telemetry;
using P2P.UnixFs;
using P2P.UnixFs.Export;

namespace P2P.Node.Files;

/// <summary>What failures below mean to whoever adds or gets a file.</summary>
internal static class FileErrors
{
    /// <summary>Runs a call where loops run, with its failures translated.</summary>
    public static Task<T> RunAsync<T>(ISpawner spawner, Func<Task<T>> body) => spawner.StartWithinAsync(() => TranslatedAsync(body));

    /// <summary>As the other, traced.</summary>
    public static Task<T> RunAsync<T>(ISpawner spawner, string name, Func<Task<T>> body) =>
        spawner.StartWithinAsync(() => NodeTraces.RunAsync(name, () => TranslatedAsync(body)));

    private static async Task<T> TranslatedAsync<T>(Func<Task<T>> body)
    {
        try
        {
            return await body();
        }
        catch (UnixFsException error)
        {
            throw Of(error);
        }
        catch (BlockStoreException error)
        {
            throw new P2PException(NodeError.StoreFull, error.Message, error);
        }
        catch (StoreException error)
        {
            throw P2PException.Of(error);
        }
        catch (IOException error) when (FolderExporter.IsDiskFull(error))
        {
            throw new P2PException(NodeError.NoRoom, error.Message, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new P2PException(NodeError.FileUnusable, error.Message, error);
        }
    }

    private static P2PException Of(UnixFsException error) => error.Error switch
    {
        UnixFsError.BlockMissing => new P2PException(NodeError.ContentUnavailable, error.Message, error) { Missing = [error.Cid] },
        UnixFsError.NoSuchEntry => new P2PException(NodeError.ContentUnavailable, error.Message, error),
        UnixFsError.WrongBytes or UnixFsError.NotDagPb or UnixFsError.NotUnixFs or UnixFsError.WrongSize or UnixFsError.EmptyChild =>
            new P2PException(NodeError.ContentInvalid, $"{error.Error}: {error.Message}", error),
        _ => new P2PException(NodeError.ContentRefused, $"{error.Error}: {error.Message}", error),
    };
}
