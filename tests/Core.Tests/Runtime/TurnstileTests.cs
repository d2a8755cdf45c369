using P2P.Core.Runtime;

namespace P2P.Core.Tests.Runtime;

public sealed class TurnstileTests
{
    [Fact]
    public async Task As_many_as_there_are_places_are_inside_and_the_line_moves_in_order()
    {
        Turnstile gate = new(places: 2);
        await gate.EnterAsync(default);
        await gate.EnterAsync(default);
        Task third = gate.EnterAsync(default).AsTask();
        Task fourth = gate.EnterAsync(default).AsTask();

        Assert.False(third.IsCompleted);
        gate.Leave();
        await third;
        Assert.False(fourth.IsCompleted);
        gate.Leave();
        await fourth;
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_line_and_takes_no_place()
    {
        Turnstile gate = new();
        await gate.EnterAsync(default);
        using CancellationTokenSource stop = new();
        Task impatient = gate.EnterAsync(stop.Token).AsTask();
        Task patient = gate.EnterAsync(default).AsTask();
        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.Leave();
        await patient;
        gate.Leave();
        await gate.EnterAsync(default); // the place is free again, once
        Task next = gate.EnterAsync(default).AsTask();
        Assert.False(next.IsCompleted);
        gate.Leave();
        await next;
    }
}
