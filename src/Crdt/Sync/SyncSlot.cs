using P2P.Core.Identity;

namespace P2P.Crdt.Sync;

/// <summary>One running session of a node.</summary>
/// <param name="peer">With whom.</param>
/// <param name="isOpener">Whether this node opened it.</param>
/// <param name="startedAt">When it began.</param>
internal sealed class SyncSlot(PeerId peer, bool isOpener, TimeSpan startedAt)
{
    private volatile Action? _cut;
    private volatile bool _isDisplaced;

    public PeerId Peer { get; } = peer;

    public bool IsOpener { get; } = isOpener;

    public TimeSpan StartedAt { get; } = startedAt;

    /// <summary>Says how the session is ended; if it lost its place before, it is at once.</summary>
    public void OnDisplaced(Action cut)
    {
        _cut = cut;
        if (_isDisplaced)
        {
            cut();
        }
    }

    /// <summary>Somebody else has its place now.</summary>
    public void Displace()
    {
        _isDisplaced = true;
        _cut?.Invoke();
    }
}
