namespace P2P.Dht.Engine;

/// <summary>How long answers take, and so when a peer is called slow: six times the average, between a fifth and four times the set delay.</summary>
internal sealed class RttEstimate(TimeSpan hedgeDelay)
{
    private TimeSpan? _average;

    public TimeSpan HedgeDelay
    {
        get
        {
            if (_average is not TimeSpan average)
            {
                return hedgeDelay;
            }

            TimeSpan wanted = average * 6;
            TimeSpan min = hedgeDelay / 5;
            TimeSpan max = hedgeDelay * 4;
            return wanted < min ? min : wanted > max ? max : wanted;
        }
    }

    public void Add(TimeSpan sample) => _average = _average is TimeSpan average ? average + ((sample - average) / 8) : sample;
}
