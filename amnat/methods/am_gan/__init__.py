"""AM-GAN and the plain GAN it is compared with, after AM-GAN2."""
