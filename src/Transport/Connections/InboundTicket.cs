using P2P.Transport.Limits;

namespace P2P.Transport.Connections;

/// <summary>The place of one inbound connection in the counts, from the first byte to its end. Guarded by <see cref="InboundGate"/>.</summary>
internal sealed class InboundTicket : IDisposable
{
    private readonly CancellationTokenSource _evicted = new();

    public InboundTicket(AddressGroups? groups, TimeSpan enteredAt)
    {
        Groups = groups;
        EnteredAt = enteredAt;
        Evicted = _evicted.Token;
    }

    /// <summary>What it is counted under; null for exempt remotes.</summary>
    public AddressGroups? Groups { get; }

    public TimeSpan EnteredAt { get; }

    /// <summary>Cancelled when a slow handshake has to make room.</summary>
    public CancellationToken Evicted { get; }

    /// <summary>The handshake is still going on.</summary>
    public bool IsPending { get; set; } = true;

    public bool IsReleased { get; set; }

    /// <summary>Called outside the gate's lock: cancelling runs what waits for it.</summary>
    public void Evict()
    {
        try
        {
            _evicted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handshake ended between being chosen and being told.
        }
    }

    public void Dispose() => _evicted.Dispose();
}
