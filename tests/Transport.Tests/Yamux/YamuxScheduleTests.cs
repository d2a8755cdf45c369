namespace P2P.Transport.Tests.Yamux;

public sealed class YamuxScheduleTests
{
    [Fact]
    public void Under_any_schedule_credit_is_conserved_nothing_is_refused_and_nothing_gets_stuck()
    {
        long delivered = 0;
        for (ulong seed = 1; seed <= 300; seed++)
        {
            YamuxModel model = new(seed);
            try
            {
                for (int i = 0; i < 400; i++)
                {
                    model.RandomStep();
                }

                model.Settle();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}", e);
            }

            delivered += model.Delivered;
        }

        Assert.True(delivered > 100_000_000, $"The schedules moved only {delivered} bytes: they test nothing.");
    }
}
