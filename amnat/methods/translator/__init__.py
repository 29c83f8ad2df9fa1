"""Translation between image domains by one InfoGAN, after info-cycle-sim-gan."""
