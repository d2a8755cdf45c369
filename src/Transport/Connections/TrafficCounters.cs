namespace P2P.Transport.Connections;

/// <summary>Bytes that went over connections since the start, encryption and frames included. Thread-safe.</summary>
internal sealed class TrafficCounters
{
    private long _received;
    private long _sent;

    public long Received => Interlocked.Read(ref _received);

    public long Sent => Interlocked.Read(ref _sent);

    public void AddReceived(int bytes) => Interlocked.Add(ref _received, bytes);

    public void AddSent(int bytes) => Interlocked.Add(ref _sent, bytes);
}
