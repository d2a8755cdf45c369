using P2P.Core.Multiformats;

namespace P2P.Node.Adapters;

/// <summary>Documents that wait for the next sync session with one peer. Touched under the service's lock only.</summary>
internal sealed class SyncQueue
{
    private readonly HashSet<Cid> _waiting = [];
    private bool _isDigestDue;
    private TaskCompletionSource _next = NewSource();
    private TaskCompletionSource? _taken;

    /// <summary>Whoever empties the queue.</summary>
    public Task? Running { get; set; }

    /// <summary>A session opened here is running.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Adds a document.</summary>
    /// <returns>Completes when the session that takes it is over.</returns>
    public Task Add(Cid document)
    {
        _waiting.Add(document);
        return _next.Task;
    }

    /// <summary>Adds documents nobody waits for.</summary>
    /// <param name="documents">Which.</param>
    /// <param name="byDigest">Whether what both sides have named is compared by digest as well.</param>
    public void AddAll(IEnumerable<Cid> documents, bool byDigest)
    {
        _waiting.UnionWith(documents);
        _isDigestDue |= byDigest;
    }

    /// <summary>Takes what waits: documents first; no documents = compare by digest.</summary>
    public bool Take(int most, out IReadOnlyList<Cid> documents, out TaskCompletionSource done)
    {
        documents = [.. _waiting.Take(most)];
        _waiting.ExceptWith(documents);
        bool isDue = documents.Count > 0 || _isDigestDue;
        _isDigestDue &= documents.Count > 0;
        _taken = done = _next;
        _next = NewSource();
        return isDue;
    }

    /// <summary>Nobody empties the queue any more.</summary>
    public void Abandon()
    {
        _waiting.Clear();
        _taken?.TrySetResult();
        _next.TrySetResult();
    }

    /// <summary>A source whose waiters go on elsewhere.</summary>
    public static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
