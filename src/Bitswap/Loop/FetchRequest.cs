using P2P.Core.Multiformats;

namespace P2P.Bitswap.Loop;

/// <summary>Somebody here who waits for blocks. Changed by the loop only.</summary>
internal sealed class FetchRequest(long id, IReadOnlyList<Cid> cids, bool isQuestion = false)
{
    private readonly HashSet<Cid> _open = [.. cids];

    public long Id { get; } = id;

    public IReadOnlyList<Cid> Cids { get; } = cids;

    /// <summary>Whether only a yes or no is wanted.</summary>
    public bool IsQuestion { get; } = isQuestion;

    public Dictionary<Cid, ReadOnlyMemory<byte>> Found { get; } = [];

    /// <summary>Completes when every CID was delivered or given up.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the loop has let go of the request.</summary>
    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Wants(Cid cid) => _open.Contains(cid);

    public void Settle(Cid cid)
    {
        if (_open.Remove(cid) && _open.Count == 0)
        {
            Done.TrySetResult();
        }
    }
}
