using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.UnixFs.Export;

/// <summary>
/// Walks the tree of one file from left to right and asks for blocks ahead of the reader, so that a slow source answers many at once. What is asked
/// for is always the beginning of what is left, so at most a window of blocks is in memory. One owner.
/// </summary>
/// <remarks>
/// Cycles cannot exist, a block would have to contain its own hash; but a few blocks can name each other so often that a walk never ends. Every
/// child must hold bytes, as many as its parent says, so the walk is as long as the file claims to be, and that is limited.
/// </remarks>
internal sealed class FileWalk : IAsyncDisposable
{
    private readonly NodeLoader _loader;
    private readonly CancellationTokenSource _stop;
    private readonly LinkedList<Step> _ahead = new();
    private readonly Dictionary<Cid, Loading> _loading = [];
    private long _nodes;

    public FileWalk(NodeLoader loader, Cid root, CancellationToken cancellationToken)
    {
        _loader = loader;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ahead.AddFirst(new Step(root, null, 1));
    }

    /// <summary>The next piece of the file, or null at its end. Pieces of nodes that only link are empty.</summary>
    /// <exception cref="UnixFsException">The next block is refused.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync()
    {
        if (_ahead.First is not LinkedListNode<Step> first)
        {
            return null;
        }

        Ask();
        if (_ahead.First != first)
        {
            return ReadOnlyMemory<byte>.Empty; // it only linked, and its children stand in its place
        }

        await first.Value.Load!.Done;
        return Expand(first);
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await Task.WhenAny(Task.WhenAll(_loading.Values.Select(static l => l.Done))); // what fails now is nobody's concern
        _stop.Dispose();
    }

    private void Ask()
    {
        int window = _loader.Window;
        LinkedListNode<Step>? at = _ahead.First;
        for (int asked = 0; at is not null && asked < window; asked++)
        {
            Step step = at.Value;
            step.Load ??= Load(step.Cid);
            if (IsLeaf(step))
            {
                at = at.Next;
            }
            else if (step.Load.Done.IsCompletedSuccessfully && _loader.Read(step.Cid, step.Load.Bytes) is { Node.Data.Length: 0, Links.Count: > 0 })
            {
                LinkedListNode<Step>? before = at.Previous;
                Expand(at);
                at = before is null ? _ahead.First : before.Next;
            }
            else
            {
                return; // what follows comes after its children
            }
        }
    }

    /// <summary>Replaces a node by its children.</summary>
    /// <returns>Its own bytes, which come first.</returns>
    private ReadOnlyMemory<byte> Expand(LinkedListNode<Step> at)
    {
        Step step = at.Value;
        LoadedNode node = _loader.Read(step.Cid, step.Load!.Bytes);
        Check(step, node);
        LinkedListNode<Step> last = at;
        for (int i = 0; i < node.Links.Count; i++)
        {
            DagPbLink link = node.Links[i];
            if (node.Node.BlockBytes[i] == 0)
            {
                throw new UnixFsException(UnixFsError.EmptyChild, step.Cid, $"Block {step.Cid} links to a part of the file without bytes.");
            }

            last = _ahead.AddAfter(last, new Step(link.Cid, node.Node.BlockBytes[i], step.Depth + 1));
        }

        _ahead.Remove(at);
        Release(step.Cid);
        return node.Node.Data;
    }

    private void Check(Step step, LoadedNode node)
    {
        UnixFsLimits limits = _loader.Limits;
        (bool Refused, UnixFsError Error, string What)[] checks =
        [
            (!node.IsFile, UnixFsError.NotAFile, $"is no part of a file but {node.Node.Kind}"),
            (step.FileBytes is ulong said && said != node.FileBytes, UnixFsError.WrongSize, $"holds {node.FileBytes} bytes of a file, its parent says {step.FileBytes}"),
            (node.FileBytes > (ulong)limits.FileBytesMax, UnixFsError.TooLarge, $"claims {node.FileBytes} bytes, {limits.FileBytesMax} are read at most"),
            (node.Links.Count > 0 && step.Depth >= limits.DepthMax, UnixFsError.TooDeep, $"links below the {limits.DepthMax} levels that are read"),
            (++_nodes > limits.NodesMax, UnixFsError.TooMany, $"is one of more than {limits.NodesMax} nodes"),
        ];
        foreach ((bool refused, UnixFsError error, string what) in checks)
        {
            if (refused)
            {
                throw new UnixFsException(error, step.Cid, $"Block {step.Cid} {what}.");
            }
        }
    }

    private bool IsLeaf(Step step) =>
        step.Cid.Codec == Cid.RawCodec || (step.FileBytes is ulong bytes && bytes <= (ulong)_loader.Limits.BlockBytesMax);

    // A file of zeros is one block a thousand times: it is asked for once.
    private Loading Load(Cid cid)
    {
        if (!_loading.TryGetValue(cid, out Loading? loading))
        {
            loading = new Loading();
            loading.Done = LoadAsync(loading, cid);
            _loading.Add(cid, loading);
        }

        loading.Users++;
        return loading;
    }

    private async Task LoadAsync(Loading loading, Cid cid) => loading.Bytes = await _loader.GetAsync(cid, _stop.Token);

    private void Release(Cid cid)
    {
        if (--_loading[cid].Users == 0)
        {
            _loading.Remove(cid);
        }
    }

    private sealed class Loading
    {
        public Task Done { get; set; } = Task.CompletedTask;

        /// <summary>What was loaded, once it is done.</summary>
        public ReadOnlyMemory<byte> Bytes { get; set; }

        /// <summary>Steps that wait for it.</summary>
        public int Users { get; set; }
    }

    private sealed class Step(Cid cid, ulong? fileBytes, int depth)
    {
        public Cid Cid { get; } = cid;

        /// <summary>Bytes of the file below, as the parent says; null for the root.</summary>
        public ulong? FileBytes { get; } = fileBytes;

        public int Depth { get; } = depth;

        public Loading? Load { get; set; }
    }
}
