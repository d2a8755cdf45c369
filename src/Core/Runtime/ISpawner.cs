namespace P2P.Core.Runtime;

/// <summary>
/// Starts loops and offloads computation. The only way product code begins concurrent work, so that a
/// simulation can run every loop on one thread under virtual time.
/// </summary>
/// <remarks>Spec: simulation, section 2.</remarks>
public interface ISpawner
{
    /// <summary>Starts <paramref name="body"/> without capturing the caller's context. The caller owns the returned task.</summary>
    /// <param name="body">The loop. It should end when its owner asks it to.</param>
    /// <returns>A task that ends when the loop has ended; it must be stored, awaited or raced.</returns>
    Task StartAsync(Func<Task> body);

    /// <summary>As <see cref="StartAsync(Func{Task})"/>, for work with a result.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="body">The work.</param>
    Task<T> StartAsync<T>(Func<Task<T>> body);

    /// <summary>Runs a computation (a batch of signatures, a hash of a file) off the loop; inline in a simulation.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="work">Pure computation: it must not wait.</param>
    Task<T> OffloadAsync<T>(Func<T> work);
}
