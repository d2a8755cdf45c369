using P2P.Transport.Limits;

namespace P2P.Transport.Tests.Limits;

public sealed class TokenBucketTests
{
    [Fact]
    public void A_burst_is_allowed_and_then_the_mean_rate()
    {
        TokenBucket bucket = new(3, TimeSpan.FromSeconds(2), TimeSpan.Zero);

        Assert.Equal([true, true, true, false], Take(4, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(2), bucket.WaitTime(TimeSpan.Zero));
        Assert.Equal([false], Take(1, TimeSpan.FromSeconds(1.9)));
        Assert.Equal([true, false], Take(2, TimeSpan.FromSeconds(2)));
        Assert.False(bucket.IsFull(TimeSpan.FromSeconds(7)));
        Assert.True(bucket.IsFull(TimeSpan.FromSeconds(8)));
        Assert.Equal([true, true, true, false], Take(4, TimeSpan.FromHours(1)));

        bool[] Take(int count, TimeSpan now) => [.. Enumerable.Range(0, count).Select(_ => bucket.TryTake(now))];
    }

    [Fact]
    public void A_table_of_buckets_keeps_its_bound_and_forgets_only_the_full_ones()
    {
        RateTable table = new(1, TimeSpan.FromSeconds(1), entriesMax: 2);

        Assert.True(table.TryTake(Key(1), TimeSpan.Zero));
        Assert.True(table.TryTake(Key(2), TimeSpan.Zero));
        Assert.False(table.TryTake(Key(3), TimeSpan.Zero));
        Assert.Equal(2, table.Count);
        Assert.True(table.TryTake(Key(3), TimeSpan.FromSeconds(1)));
        Assert.Equal(1, table.Count);

        static NetworkKey Key(ulong prefix) => new(4, 32, prefix);
    }
}
