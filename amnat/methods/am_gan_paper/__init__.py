"""The methods of the AM-GAN paper's comparison, after AM-GANs-for-reproduce."""
