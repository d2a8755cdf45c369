namespace P2P.PubSub.Routing;

/// <summary>Counts of everything done and refused. Refusals may be counted by any thread, the rest by the owner; all may read.</summary>
internal sealed class RouterCounters
{
    private readonly long[] _refusals = new long[(int)GossipRefusal.TooManyParked + 1];

    public long Received { get; private set; }

    public long Delivered { get; private set; }

    public long Published { get; private set; }

    public long Forwarded { get; private set; }

    public long IHaveIdsSent { get; private set; }

    public long IWantIdsSent { get; private set; }

    public long Grafts { get; private set; }

    public long Prunes { get; private set; }

    public long this[GossipRefusal refusal] => Volatile.Read(ref _refusals[(int)refusal]);

    public void Refuse(GossipRefusal refusal) => Interlocked.Increment(ref _refusals[(int)refusal]);

    public void CountReceived() => Received++;

    public void CountDelivered() => Delivered++;

    public void CountPublished() => Published++;

    public void CountForwarded() => Forwarded++;

    public void CountIHave(int ids) => IHaveIdsSent += ids;

    public void CountIWant(int ids) => IWantIdsSent += ids;

    public void CountGraft() => Grafts++;

    public void CountPrune() => Prunes++;
}
